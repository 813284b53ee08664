package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

// child is a server to measure: a group of processes of our own or, where cmd is nil, one that somebody else runs.
type child struct {
	name, address string
	cmd           *exec.Cmd
	// ended is closed when the process has ended, said has the end of what it wrote to its standard error.
	ended chan struct{}
	said  tail
}

// tail keeps the last bytes written to it.
type tail struct{ bytes.Buffer }

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	if t.Len() > 4096 {
		t.Next(t.Len() - 2048)
	}
	return t.Buffer.Write(p)
}

// patience is how long a server may take to get ready.
const patience = time.Minute

// start runs a server and waits until it is ready. The child must be stopped.
func start(ctx context.Context, name string, command func(address string) *exec.Cmd) (*child, error) {
	address, err := free(ctx)
	if err != nil {
		return nil, err
	}
	c := &child{name: name, address: address, cmd: command(address), ended: make(chan struct{})}
	// A group of its own takes in what it starts itself, and Ctrl-C reaches it through us only.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.Cancel = c.kill
	c.cmd.Stderr = &c.said
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { defer close(c.ended); _ = c.cmd.Wait() }()
	if err := c.ready(ctx); err != nil {
		c.stop()
		return nil, fmt.Errorf("%w\n%s", err, c.said.String())
	}
	return c, nil
}

// ready waits for the first 200 of /readyz.
func (c *child) ready(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for begun := time.Now(); time.Since(begun) < patience; pause(200 * time.Microsecond) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+"/readyz", nil)
		if err != nil {
			return err
		}
		if reply, err := client.Do(r); err == nil {
			_ = reply.Body.Close()
			if reply.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ended:
			return fmt.Errorf("%s has ended", c.name)
		default:
		}
	}
	return fmt.Errorf("%s is not ready on %s after %s", c.name, c.address, patience)
}

// free is an address that nobody listens on.
func free(ctx context.Context) (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// kill ends all processes of the group.
func (c *child) kill() error { return syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) }

// stop ends the server. It has nothing to lose.
func (c *child) stop() {
	if c.cmd == nil {
		return
	}
	_ = c.kill()
	<-c.ended
}

// cpu is the processor time that the processes of the group have used so far, by Linux's count in hundredths of a second; 0 for a server
// that is not ours.
func (c *child) cpu() (time.Duration, error) {
	if c.cmd == nil {
		return 0, nil
	}
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	var ticks int
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			// The process has ended since.
			continue
		}
		// The second field is the name in brackets. The group is the fifth, user and system time are the fourteenth and fifteenth.
		fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
		if fields[2] != strconv.Itoa(c.cmd.Process.Pid) {
			continue
		}
		for _, f := range fields[11:13] {
			n, err := strconv.Atoi(f)
			if err != nil {
				return 0, fmt.Errorf("read the processor time of %s: %w", c.name, err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// resident is the process's memory in bytes.
func (c *child) resident() (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	return pages * os.Getpagesize(), err
}

// build makes the server as it is deployed.
func build(ctx context.Context, dir string) (binary string, size int64, err error) {
	binary = filepath.Join(dir, "serve")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "nomsgpack", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/serve")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", 0, fmt.Errorf("build cmd/serve (from the repository's root): %w\n%s", err, said)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return "", 0, err
	}
	return binary, info.Size(), nil
}

// peer is another server: one at a URL, or a command to start.
func peer(ctx context.Context, name, given string) (*child, error) {
	if address, ok := strings.CutPrefix(given, "http://"); ok {
		c := &child{name: name, address: strings.TrimRight(address, "/"), ended: make(chan struct{})}
		return c, c.ready(ctx)
	}
	return start(ctx, name, func(address string) *exec.Cmd {
		_, port, _ := strings.Cut(address, ":")
		words := strings.Fields(strings.ReplaceAll(given, "{port}", port))
		if len(words) == 0 {
			words = []string{""}
		}
		return exec.CommandContext(ctx, words[0], words[1:]...)
	})
}

// echo is the bare peer: Gin, the body read and sent back.
func echo(ctx context.Context, address string) error {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.GET("/readyz", func(c *gin.Context) { c.Status(http.StatusOK) })
	e.POST("/*any", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.Data(http.StatusOK, "application/json", body)
	})
	srv := &http.Server{Addr: address, Handler: e, ReadHeaderTimeout: time.Second}
	go func() { <-ctx.Done(); _ = srv.Close() }()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
