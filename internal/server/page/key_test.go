package page_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/Koalajuni/Calback-Data-ML/internal/server"
	"github.com/Koalajuni/Calback-Data-ML/internal/server/keys"
)

// guarded is a server that one key may ask for explanations.
func guarded(t *testing.T) (address, secret string) {
	t.Helper()
	secret, item, err := keys.Mint(bytes.NewReader(bytes.Repeat([]byte{5}, 32)), "page", []keys.Scope{keys.Explain})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.yaml")
	if err := os.WriteFile(path, []byte("keys:\n"+item), 0o600); err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return serving(t, func(o *server.Options) { o.Keys = ring }, nil), secret
}

// enter types a key into the page's field and sends it.
func (b *browser) enter(t *testing.T, secret string) {
	t.Helper()
	b.do(t, chromedp.SendKeys(chromedp.CSS("#key"), secret), chromedp.Click(chromedp.CSS("#key-form button")))
}

// TestPageAsksForAKey: a server with keys shows the field, a wrong key is told, a right one opens the page and the report, none is stored.
func TestPageAsksForAKey(t *testing.T) {
	address, secret := guarded(t)
	b := open(t, 1280)
	b.do(t, chromedp.Navigate(address+"/#lang=en"))
	b.until(t, `!document.querySelector("#key-form").hidden && document.activeElement.id === "key"`)
	b.enter(t, "cb_wrong")
	b.until(t, `document.querySelector("#trouble").textContent.includes("does not know this key")`)
	b.enter(t, secret)
	b.until(t, shown)
	b.until(t, `document.querySelector("#key-form").hidden && document.querySelector("#trouble").hidden`)
	if p := eval[float64](t, b, probability); !(p > 0 && p < 1) {
		t.Errorf("probability %v", p)
	}
	places := `document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href + document.body.innerHTML`
	if kept := eval[string](t, b, places); strings.Contains(kept, secret) {
		t.Errorf("the key is kept: %s", kept)
	}
	b.report(t, "opened.document.readyState === 'complete'")
	got := eval[[]string](t, b, `[opened.document.title, opened.document.compatMode, opened.getComputedStyle(opened.document.body).color,
		opened.document.querySelector("h1").textContent, String(opened.opener)]`)
	if want := "report|CSS1Compat|rgb(1, 2, 3)|Who revisits|null"; strings.Join(got, "|") != want {
		t.Errorf("the report: %q, want %s", got, want)
	}
}

// report clicks the link to the report and waits for the tab that it opens.
func (b *browser) report(t *testing.T, ready string) {
	t.Helper()
	eval[any](t, b, `void (window.open = (open => (...a) => (window.opened = open.apply(window, a)))(window.open))`)
	b.do(t, chromedp.Click(chromedp.CSS("#report")))
	b.until(t, `Boolean(window.opened?.document.querySelector("h1"))`)
	b.until(t, ready)
}

// TestPageOpensTheReport without a key, where the server sends it, and tells where there is none.
func TestPageOpensTheReport(t *testing.T) {
	models := ""
	address := serving(t, func(o *server.Options) { models = o.Models }, nil)
	b := open(t, 1280)
	b.at(t, address, "en")
	eval[any](t, b, `void (window.open = () => ({location: {replace: to => (window.went = to)}, close: () => (window.went = "closed")}))`)
	b.do(t, chromedp.Click(chromedp.CSS("#report")))
	b.until(t, `window.went === "/report"`)

	if err := os.Remove(filepath.Join(models, "revisit", "2026-03-01-abc", "report.html")); err != nil {
		t.Fatal(err)
	}
	bare := serving(t, func(o *server.Options) { o.Models = models }, nil)
	b.at(t, bare, "en")
	b.do(t, chromedp.Click(chromedp.CSS("#report")))
	b.until(t, `document.querySelector("#trouble").textContent.includes("without a report")`)
}
