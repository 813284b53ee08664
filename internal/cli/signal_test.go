//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

// childName makes this test binary the command itself.
const childName = "CALBACK_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childName) != "" {
		os.Args = os.Args[:1]
		cli.Main("calback", "Waits.", &struct{}{}, func(ctx context.Context, _ string, out *cli.Output) error {
			fmt.Fprintln(out.Out, "waiting")
			<-ctx.Done()
			return ctx.Err()
		})
	}
	os.Exit(m.Run())
}

// TestSignals stops the real process: it says so in one line and exits with Failed.
func TestSignals(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(child.Environ(), childName+"=yes")
		var stderr bytes.Buffer
		child.Stderr = &stderr
		stdout, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(stdout)
		if line, err := lines.ReadString('\n'); err != nil || line != "waiting\n" {
			t.Fatalf("the child said %q, %v", line, err)
		}
		if err := child.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, lines); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != cli.Failed {
			t.Errorf("%v: ended with %v, want exit code %d", signal, err, cli.Failed)
		}
		if got := stderr.String(); got != "calback: stopped; nothing is half-written\n" {
			t.Errorf("%v: said %q", signal, got)
		}
	}
}

func TestPeakMemory(t *testing.T) {
	if got := cli.PeakMemory(); !regexp.MustCompile(`^, [1-9]\d* MiB at the peak$`).MatchString(got) {
		t.Errorf("peak memory %q", got)
	}
}
