package page_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/internal/server/page"
)

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
		"/": "text/html", "/assets/page.css": "text/css", "/assets/page.js": "text/javascript", "/assets/words.js": "text/javascript",
	} {
		w := get("GET", path)
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), media) || w.Body.Len() == 0 {
			t.Errorf("%s: %d %s", path, w.Code, w.Header())
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %s", path, policy)
		}
		if again := get("GET", path, "If-None-Match", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%s again: %d", path, again.Code)
		}
		if head := get("HEAD", path); head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") {
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
