package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load is what is sent: the same request over and over, over some connections, as fast as answers come or at a fixed rate.
type load struct {
	address     string
	request     []byte
	connections int
	// rate is requests a second of all connections, 0 for as fast as answers come.
	rate     float64
	duration time.Duration
}

// result is what came of it.
type result struct {
	requests, failed int
	took             time.Duration
	// latencies are sorted.
	latencies []time.Duration
}

func (r result) perSecond() float64 { return float64(r.requests) / r.took.Seconds() }

// quantile is the latency that a share q of the requests did not exceed.
func (r result) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(len(r.latencies)-1, int(q*float64(len(r.latencies))))]
}

// request writes a POST of JSON.
func request(path, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

// send sends the load. It fails only where no connection can be made; answers other than 200 are counted.
func (l load) send(ctx context.Context) (result, error) {
	conns := make([]net.Conn, l.connections)
	for i := range conns {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
		if err != nil {
			return result{}, fmt.Errorf("connect to %s: %w", l.address, err)
		}
		defer conn.Close()
		conns[i] = conn
	}
	begun := time.Now()
	end := begun.Add(l.duration)
	var next atomic.Int64
	parts := make([]result, len(conns))
	var all sync.WaitGroup
	for i, conn := range conns {
		all.Go(func() { parts[i] = l.sendOver(ctx, conn, begun, end, &next) })
	}
	all.Wait()
	out := result{took: time.Since(begun)}
	for _, p := range parts {
		out.requests += p.requests
		out.failed += p.failed
		out.latencies = append(out.latencies, p.latencies...)
	}
	slices.Sort(out.latencies)
	return out, ctx.Err()
}

// sendOver sends requests over one connection until the end. Where there is a rate, next counts the requests of all connections, and tells
// when each is due: latency counts from then, so that a server that stalls is not spared the requests it holds up.
func (l load) sendOver(ctx context.Context, conn net.Conn, begun, end time.Time, next *atomic.Int64) (out result) {
	r := bufio.NewReaderSize(conn, 64<<10)
	for ctx.Err() == nil {
		from := time.Now()
		if l.rate > 0 {
			from = begun.Add(time.Duration(float64(next.Add(1)-1) / l.rate * float64(time.Second)))
			time.Sleep(time.Until(from))
		}
		if !from.Before(end) {
			return out
		}
		_, err := conn.Write(l.request)
		if err == nil {
			err = answer(r)
		}
		out.requests++
		if err != nil {
			out.failed++
			if !errors.Is(err, errStatus) {
				return out
			}
		}
		out.latencies = append(out.latencies, time.Since(from))
	}
	return out
}

var (
	errStatus = errors.New("the status is not 200")
	ok        = []byte("HTTP/1.1 200 ")
	length    = []byte("Content-Length: ")
)

// answer reads one answer with a Content-Length, and no more of it than is needed to count it: the client must cost little, as it shares
// the machine.
func answer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	good := bytes.HasPrefix(line, ok)
	size := -1
	for len(line) > 2 {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		if rest, found := bytes.CutPrefix(line, length); found {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(rest))); err != nil {
				return fmt.Errorf("read the answer's length: %w", err)
			}
		}
	}
	if size < 0 {
		return errors.New("the answer has no length")
	}
	if _, err := r.Discard(size); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !good {
		return errStatus
	}
	return nil
}
