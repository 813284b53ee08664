package page_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/page"
)

const strict = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; " +
	"frame-ancestors 'none'; base-uri 'none'"

func TestHandler(t *testing.T) {
	h := page.Handler(http.NotFoundHandler())
	get := func(method, path string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, http.NoBody)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for path, media := range map[string]string{
		"/": "text/html; charset=utf-8", "/assets/page.css": "text/css; charset=utf-8", "/assets/page.js": "text/javascript; charset=utf-8",
		"/assets/words.js": "text/javascript; charset=utf-8", "/assets/format.js": "text/javascript; charset=utf-8",
		"/assets/form.js": "text/javascript; charset=utf-8",
	} {
		w := get("GET", path)
		if w.Code != 200 || w.Header().Get("Content-Type") != media || w.Body.Len() == 0 {
			t.Errorf("%s: %d %s", path, w.Code, w.Header())
		}
		if policy := w.Header().Get("Content-Security-Policy"); policy != strict || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: policy %s, %s", path, policy, w.Header().Get("Cache-Control"))
		}
		tag := w.Header().Get("ETag")
		// A proxy that compresses makes a tag weak; a client may have several.
		for _, tags := range []string{tag, "W/" + tag, `"other", ` + tag} {
			if again := get("GET", path, "If-None-Match", tags); again.Code != 304 || again.Body.Len() != 0 {
				t.Errorf("%s again with %s: %d", path, tags, again.Code)
			}
		}
		if changed := get("GET", path, "If-None-Match", `"other"`); changed.Code != 200 {
			t.Errorf("%s with another tag: %d", path, changed.Code)
		}
		length := w.Header().Get("Content-Length")
		if head := get("HEAD", path); head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != length {
			t.Errorf("HEAD %s: %d %s", path, head.Code, head.Header())
		}
		if post := get("POST", path); post.Code != 405 || post.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d", path, post.Code)
		}
	}
	for _, path := range []string{"/assets/none.js", "/assets/", "/index.html", "/assets/../page.go"} {
		if w := get("GET", path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestFilesObeyThePolicy: what the policy would block must not be there to be blocked, nor an address of another host.
func TestFilesObeyThePolicy(t *testing.T) {
	h := page.Handler(http.NotFoundHandler())
	for _, path := range []string{"/", "/assets/page.css", "/assets/page.js", "/assets/words.js", "/assets/format.js", "/assets/form.js"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		for _, bad := range []string{
			"http://", "https://", "//cdn", "style=", "onclick", "eval(", "innerHTML", "localStorage", "cookie", "@import", "url(",
		} {
			if strings.Contains(w.Body.String(), bad) {
				t.Errorf("%s has %q", path, bad)
			}
		}
	}
}
