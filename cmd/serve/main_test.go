package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
)

func TestExitCodes(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"help", []string{"-h"}, cli.Done, "CALBACK_ADDR"},
		{"nothing published", []string{"-models", empty}, cli.Failed, "run: go run ./cmd/train -sample"},
		{"unknown flag", []string{"--port", "1"}, cli.Usage, "--port"},
		{"bad limit", []string{"-models", empty, "--max-body=-1"}, cli.Usage, "limits must be above 0"},
		{"bad log", []string{"--log=xml"}, cli.Usage, "text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var cfg config
			var said bytes.Buffer
			out := &cli.Output{Out: &said, Err: &said}
			code := cli.Run(t.Context(), "serve", help, &cfg, c.args, out, func(ctx context.Context, _ string, out *cli.Output) error {
				return serve(ctx, cfg, out)
			})
			if code != c.code || !strings.Contains(said.String(), c.says) {
				t.Errorf("exit code %d, want %d:\n%s", code, c.code, said.String())
			}
		})
	}
}
