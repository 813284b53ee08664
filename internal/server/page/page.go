// Package page is the server's page for people: the model, its drift, and a user to score, in Korean and English.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"sync"
	"time"
)

//go:embed index.html assets
var files embed.FS

// policy lets the page load what comes from this server, and nothing else. The page has no script and no style of its own in its text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; " +
	"frame-ancestors 'none'; base-uri 'none'"

// media are the types of the page's files. They do not depend on what the machine that serves them knows of types.
var media = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
}

// file is one file as it is sent.
type file struct {
	body        []byte
	media, etag string
}

// names are the files below assets.
func names() (list []string) {
	entries, err := fs.ReadDir(files, "assets")
	if err != nil {
		// The directory is part of the program.
		panic(fmt.Sprintf("page: %v", err))
	}
	for _, e := range entries {
		list = append(list, path.Join("assets", e.Name()))
	}
	return list
}

// Handler answers GET and HEAD for the page, at /, and for its files below /assets/. A client that has a file already is told so by its
// ETag. missing answers for any other path.
func Handler(missing http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := all()[r.URL.Path]
		switch {
		case !ok:
			missing.ServeHTTP(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
		default:
			f.send(w, r)
		}
	})
}

// all are the files by path.
var all = sync.OnceValue(func() map[string]file {
	list := map[string]file{"/": load("index.html")}
	for _, name := range names() {
		list["/"+name] = load(name)
	}
	return list
})

func load(name string) file {
	body, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("page: %v", err))
	}
	sum := sha256.Sum256(body)
	return file{body: body, media: media[path.Ext(name)], etag: strconv.Quote(hex.EncodeToString(sum[:8]))}
}

func (f file) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", f.etag)
	h.Set("Content-Type", f.media)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}
