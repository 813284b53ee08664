package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// half is a request of which the first half is sent.
type half struct {
	conn net.Conn
	rest string
	// want must be in the reply.
	want string
}

// begin sends half of the i-th request, each of another user, over a connection of its own.
func begin(t *testing.T, address string, i int) half {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"id":"u-%d","features":{"visit_days":2,"meetings":%d,"channel":"Direct"}}`, i, i)
	head := fmt.Sprintf("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body))
	if _, err := io.WriteString(conn, head+body[:len(body)/2]); err != nil {
		t.Fatal(err)
	}
	probability := appendNumber(nil, model.Sigmoid(-1+0.2*float64(i)))
	return half{conn, body[len(body)/2:], fmt.Sprintf(`{"id":"u-%d","probability":%s,`, i, probability)}
}

// end sends the rest after a while, and reads the reply to its end, which must be the connection's.
func (h half) end() error {
	defer h.conn.Close()
	time.Sleep(200 * time.Millisecond)
	if _, err := io.WriteString(h.conn, h.rest); err != nil {
		return err
	}
	r := bufio.NewReader(h.conn)
	reply, err := http.ReadResponse(r, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", h.want, err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return fmt.Errorf("%s: the reply is not whole: %w", h.want, err)
	}
	if reply.StatusCode != http.StatusOK || !strings.Contains(string(body), h.want) || !reply.Close {
		return fmt.Errorf("got %s %s (close %v), want %s", reply.Status, body, reply.Close, h.want)
	}
	more, err := io.ReadAll(r)
	if len(more) > 0 {
		return fmt.Errorf("%q follows the reply", more)
	}
	return err
}

// TestStopWithRequestsInFlight is promise S7: the server is told to stop with 64 requests half sent, each of which takes 200 ms more. All
// of them must be answered rightly, whoever connects meanwhile is refused, and no goroutine is left.
func TestStopWithRequestsInFlight(t *testing.T) {
	rounds := 5
	if long {
		rounds = 50
	}
	for range rounds {
		stopInFlight(t)
	}
}

func stopInFlight(t *testing.T) {
	t.Helper()
	const flying = 64
	s := started(t, nil)
	address, stop, ended := running(t, s)
	// A connection over which a request was answered already and none is sent must not hold up the stop.
	client := &http.Client{Transport: &http.Transport{}}
	if version, _, err := post(t.Context(), client, "http://"+address+"/predict", one); err != nil || version != "v1" {
		t.Fatalf("%s %v", version, err)
	}
	var halves []half
	for i := range flying {
		halves = append(halves, begin(t, address, i))
	}
	until(t, "all requests are in flight", func() bool {
		return strings.Contains(askOf(s.admin, "GET", "/metrics", "").Body.String(), fmt.Sprintf("\ncalback_in_flight %d\n", flying+1))
	})
	stop()
	refused(t, address)
	select {
	case err := <-ended:
		t.Errorf("it stopped with requests in flight: %v", err)
		ended <- err
	default:
	}
	var all sync.WaitGroup
	for _, h := range halves {
		all.Go(func() {
			if err := h.end(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := <-ended; err != nil {
		t.Errorf("stop: %v", err)
	}
	refused(t, address)
	client.CloseIdleConnections()
	noServerLeft(t)
}

// refused waits until nobody listens on address any more.
func refused(t *testing.T, address string) {
	t.Helper()
	until(t, "new connections are refused", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}

// noServerLeft waits until no goroutine serves or is part of a server any more.
func noServerLeft(t *testing.T) {
	t.Helper()
	var left string
	defer func() {
		if t.Failed() {
			t.Logf("goroutines of servers: %s", left)
		}
	}()
	until(t, "no goroutine of a server is left", func() bool {
		left = ""
		for _, stack := range strings.Split(string(stacks()), "\n\n") {
			for _, of := range []string{"net/http.(*conn).", "net/http.(*Server).", "internal/server.(*Server)."} {
				if strings.Contains(stack, of) {
					left += stack + "\n\n"
					break
				}
			}
		}
		return left == ""
	})
}

// stacks are those of all goroutines.
func stacks() []byte {
	for buf := make([]byte, 1<<20); ; buf = make([]byte, 2*len(buf)) {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return buf[:n]
		}
	}
}

// TestStartStopReload is promise S8: servers are started, asked, reloaded and stopped from ten goroutines fifty times each, beside one that
// they all reload.
func TestStartStopReload(t *testing.T) {
	const goroutines, cycles = 10, 50
	shared := started(t, nil)
	publish(t, shared.opt.Models, artifact("v2", 1))
	address, stop, ended := running(t, shared)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: goroutines}}
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for i := range cycles {
				if err := cycle(t.Context(), shared.opt.Models, i); err != nil {
					t.Error(err)
					return
				}
				if err := shared.Reload(t.Context()); err != nil {
					t.Error(err)
				}
				if version, _, err := post(t.Context(), client, "http://"+address+"/predict", one); err != nil || version != "v2" {
					t.Errorf("the shared server: %s %v", version, err)
				}
			}
		})
	}
	all.Wait()
	client.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	noServerLeft(t)
}

// cycle lives one server's life. The i-th cycle is told to stop before it begins, while it is asked and reloaded, or after that.
func cycle(ctx context.Context, models string, i int) error {
	s, err := New(Options{Models: models, Poll: time.Millisecond}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	if i%3 == 0 {
		stop()
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(serving, ln) }()
	var all sync.WaitGroup
	reloaded := make(chan error, 2)
	for range cap(reloaded) {
		all.Go(func() { reloaded <- s.Reload(ctx) })
	}
	if i%3 == 1 {
		all.Go(stop)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	_, _, err = post(ctx, client, "http://"+ln.Addr().String()+"/predict", one)
	if err != nil && i%3 == 2 {
		return fmt.Errorf("asked before it was told to stop: %w", err)
	}
	all.Wait()
	stop()
	return errors.Join(<-ended, <-reloaded, <-reloaded)
}
