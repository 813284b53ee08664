package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"
)

// browsers are the programs that can print a page, in the order in which they are looked for.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// pdfTime bounds the making of a page: a browser that waits for what never comes must not hold up the daily job.
const pdfTime = time.Minute

// findBrowser is the path of the program that was asked for, or of the first one that is installed.
func findBrowser(asked string) (string, error) {
	names := browsers
	if asked != "" {
		names = []string{asked}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	if asked != "" {
		return "", fmt.Errorf("-pdf needs a browser, and -browser %q is no program that can be run", asked)
	}
	return "", errors.New("-pdf needs Chromium or Chrome, and none is installed (apt-get install chromium); name another one with -browser, " +
		"or open report.html and print it")
}

// writePDF prints the one-page form of the report. The file is whole or absent.
func writePDF(ctx context.Context, browser, path string, d report.Data) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", filepath.Base(path), err)
		}
	}()
	dir, err := os.MkdirTemp("", "calback-report-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var page bytes.Buffer
	if err := report.OnePage(&page, d); err != nil {
		return err
	}
	source, printed := filepath.Join(dir, "page.html"), filepath.Join(dir, "page.pdf")
	if err := os.WriteFile(source, page.Bytes(), 0o600); err != nil {
		return err
	}
	if err := printPage(ctx, browser, dir, source, printed); err != nil {
		return err
	}
	pdf, err := os.ReadFile(printed)
	if err != nil {
		return fmt.Errorf("%s ended without a page: %w", filepath.Base(browser), err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	whole := path + ".part"
	if err := os.WriteFile(whole, pdf, 0o644); err != nil { //nolint:gosec // a report is there to be read
		return err
	}
	return os.Rename(whole, path)
}

func printPage(ctx context.Context, browser, dir, source, printed string) error {
	ctx, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	args := []string{
		"--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--no-pdf-header-footer", "--user-data-dir=" + filepath.Join(dir, "profile"),
		"--print-to-pdf=" + printed,
	}
	if os.Geteuid() == 0 {
		// Chromium's sandbox refuses to start for root. The page is our own, without scripts or requests.
		args = append(args, "--no-sandbox")
	}
	args = append(args, (&url.URL{Scheme: "file", Path: filepath.ToSlash(source)}).String())
	cmd := exec.CommandContext(ctx, browser, args...)
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("print the page with %s: %w: %s", filepath.Base(browser), err, lastLine(out))
	}
	return nil
}

func lastLine(out []byte) []byte {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return lines[len(lines)-1]
}
