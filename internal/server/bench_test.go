package server

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
)

// wide is a model of 40 features, and one instance of it that names them all.
func wide() (*model.Artifact, string) {
	a := artifact("wide", 0)
	man := &a.Manifest
	m := &linear.Model{Terms: []linear.Term{}}
	man.Set.Features, man.Fields, man.Reference = nil, nil, nil
	var named []string
	for j := range 40 {
		name := fmt.Sprintf("count_of_event_%02d", j)
		man.Set.Features = append(man.Set.Features, features.Feature{
			Name: name, Phrase: "did it {v} times", Kind: features.Number, Expr: features.Count{Of: features.Filter{Events: []string{name}}},
		})
		field := model.Field{Name: name}
		man.Fields = append(man.Fields, field)
		man.Reference = append(man.Reference, model.NewHistogram(model.Column{Field: field, Values: []float32{0, 1}}))
		m.Terms = append(m.Terms, linear.Term{Column: j, Kind: linear.Number, Mean: 1, Scale: 2, Weight: 0.01 * float64(j)})
		named = append(named, fmt.Sprintf("%q:%d.5", name, j))
	}
	m.Fields, a.Predictor = man.Fields, m
	a.SetGolden(2)
	return a, `{"features":{` + strings.Join(named, ",") + `}}`
}

// BenchmarkPredict sends 1 and 100 users of 40 named features through the handler, beside a bare Gin handler that reads the same
// body and sends it back.
func BenchmarkPredict(b *testing.B) {
	a, single := wide()
	dir := b.TempDir()
	publish(b, dir, a)
	s, err := New(Options{Models: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	echo := gin.New()
	echo.POST("/predict", func(c *gin.Context) {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			b.Error(err)
		}
		c.Data(http.StatusOK, "application/json", body)
	})
	hundred := `{"instances":[` + strings.Repeat(single+",", 99) + single + `]}`
	for _, c := range []struct {
		users   int
		body    string
		reasons int
	}{{1, single, 3}, {1, single, 0}, {100, hundred, 3}, {100, hundred, 0}} {
		path := fmt.Sprintf("/predict?reasons=%d", c.reasons)
		b.Run(fmt.Sprintf("server=calback/users=%d/reasons=%d", c.users, c.reasons), func(b *testing.B) {
			drive(b, s.Handler(), path, c.body)
		})
		if c.reasons == 0 {
			b.Run(fmt.Sprintf("server=echo/users=%d", c.users), func(b *testing.B) { drive(b, echo, "/predict", c.body) })
		}
	}
}

func drive(b *testing.B, h http.Handler, path, body string) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	reader := bytes.NewReader([]byte(body))
	for b.Loop() {
		reader.Reset([]byte(body))
		r := httptest.NewRequest(http.MethodPost, path, reader)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
