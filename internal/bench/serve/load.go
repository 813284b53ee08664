package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"
)

// load is what is sent: requests in turn, over some connections, as fast as answers come or at a fixed rate.
type load struct {
	address     string
	requests    [][]byte
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

// perSecond are the requests that were answered with 200, a second.
func (r result) perSecond() float64 { return float64(r.requests-r.failed) / r.took.Seconds() }

// quantile is the latency that a share q of the requests did not exceed.
func (r result) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(len(r.latencies)-1, int(q*float64(len(r.latencies))))]
}

// request writes a POST of JSON.
func request(path, body string) []byte {
	const head = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
	return fmt.Appendf(nil, head, path, len(body), body)
}

// hung is how long an answer may take beyond the load's time before its connection is given up.
const hung = 10 * time.Second

// send sends the load. It fails only where no connection can be made; answers other than 200 are counted.
func (l load) send(ctx context.Context) (result, error) {
	conns := make([]net.Conn, l.connections)
	for i := range conns {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
		if err != nil {
			return result{}, fmt.Errorf("connect to %s: %w", l.address, err)
		}
		defer func() { _ = conn.Close() }()
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		if err := conn.SetDeadline(time.Now().Add(l.duration + hung)); err != nil {
			return result{}, err
		}
		conns[i] = conn
	}
	var due chan time.Time
	if l.rate > 0 {
		// No request is late because another one has not been taken yet: there is room for all of them.
		due = make(chan time.Time, int(l.rate*l.duration.Seconds())+1)
	}
	begun := time.Now()
	end := begun.Add(l.duration)
	parts := make([]result, len(conns))
	var all sync.WaitGroup
	for i, conn := range conns {
		all.Go(func() { parts[i] = l.sendOver(ctx, conn, i, end, due) })
	}
	if due != nil {
		l.pace(ctx, begun, end, due)
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

// pace says when the requests are due, and closes due at the end.
func (l load) pace(ctx context.Context, begun, end time.Time, due chan<- time.Time) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(due)
	for i := 0; ctx.Err() == nil; i++ {
		at := begun.Add(time.Duration(float64(i) / l.rate * float64(time.Second)))
		if !at.Before(end) {
			return
		}
		for wait := time.Until(at); wait > 0; wait = time.Until(at) {
			pause(wait)
		}
		due <- at
	}
}

// sendOver sends requests over one connection until the end. Where there is a rate, a request's latency counts from when it was due, so
// that a server that stalls is not spared the requests it holds up.
func (l load) sendOver(ctx context.Context, conn net.Conn, first int, end time.Time, due <-chan time.Time) (out result) {
	r := bufio.NewReaderSize(conn, 64<<10)
	for i := first; ctx.Err() == nil; i++ {
		from := time.Now()
		if due != nil {
			at, more := <-due
			if !more {
				return out
			}
			from = at
		} else if !from.Before(end) {
			return out
		}
		_, err := conn.Write(l.requests[i%len(l.requests)])
		if err == nil {
			err = answer(r)
		}
		if ctx.Err() != nil {
			return out
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
	length    = []byte("content-length:")
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
		if len(line) > len(length) && bytes.EqualFold(line[:len(length)], length) {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(line[len(length):]))); err != nil {
				return fmt.Errorf("read the answer's length: %w", err)
			}
		}
	}
	if size < 0 {
		return errors.New("the answer has no length")
	}
	if _, err := r.Discard(size); err != nil {
		return err
	}
	if !good {
		return errStatus
	}
	return nil
}
