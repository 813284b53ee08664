package main

import (
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
	"time"

	"github.com/gin-gonic/gin"
)

// child is a server in a process of its own.
type child struct {
	name, address string
	cmd           *exec.Cmd
}

// start runs a server and waits until it answers.
func start(ctx context.Context, name, probe string, command func(address string) *exec.Cmd) (*child, error) {
	address, err := free(ctx)
	if err != nil {
		return nil, err
	}
	c := &child{name: name, address: address, cmd: command(address)}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	for range 100_000 {
		if r, err := http.Get("http://" + address + probe); err == nil {
			_ = r.Body.Close()
			return c, nil
		}
		if ctx.Err() != nil {
			break
		}
		time.Sleep(200 * time.Microsecond)
	}
	c.stop()
	return nil, fmt.Errorf("%s does not answer on %s", name, address)
}

// free is an address that nobody listens on.
func free(ctx context.Context) (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// stop ends the process. It has nothing to lose.
func (c *child) stop() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// cpu is the processor time that the process has used, by Linux's count in hundredths of a second.
func (c *child) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the processor time of %s: %w", c.name, err)
	}
	// The second field is the name in brackets; user and system time are the fourteenth and fifteenth.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			return 0, fmt.Errorf("read the processor time of %s: %w", c.name, err)
		}
		ticks += n
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
