package exporter

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/server"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// line is one user of a snapshot, read with the standard library.
type line struct {
	ID       string         `json:"id"`
	Features map[string]any `json:"features"`
}

func readLines(t *testing.T, data []byte) (lines []line) {
	t.Helper()
	for text := range bytes.Lines(data) {
		var l line
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&l); err != nil {
			t.Fatalf("line %d, %q: %v", len(lines), text, err)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestSnapshotHoldsTheTrainersTable(t *testing.T) {
	wh, m := loadedApp(t)
	o := Options{Manifest: m, Form: JSONL, BurnIn: 30, Unlabelled: true}
	r, _, data := exported(t, wh, o)
	lines, want := readLines(t, data), trained(t, wh, o)
	if len(lines) != len(want) || r.Users != len(want) || len(want) < 100 {
		t.Fatalf("%d lines, %d users, the trainer has %d", len(lines), r.Users, len(want))
	}
	for i, row := range want {
		key := row[userKey]
		delete(row, userKey)
		delete(row, day0)
		delete(row, revisit)
		if diff := cmp.Diff(line{ID: key.(string), Features: row}, lines[i]); diff != "" {
			t.Fatalf("line %d (-want +got):\n%s", i, diff)
		}
	}
	if _, _, again := exported(t, wh, o); !bytes.Equal(again, data) {
		t.Error("written again, the bytes differ")
	}
}

// TestSnapshotHasNoRawID looks for every raw id of the simulated app, and finds the keys instead.
func TestSnapshotHasNoRawID(t *testing.T) {
	wh, m := loadedApp(t)
	_, _, data := exported(t, wh, Options{Manifest: m, Form: JSONL, Unlabelled: true})
	users, err := sample.ReadUsers(filepath.Join(appDir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	key, found := source.UserKeys([]byte("a secret for the tests of exports")), 0
	for _, u := range users {
		if bytes.Contains(data, []byte(u.Pseudo)) {
			t.Fatal("a raw id is in the file")
		}
		if bytes.Contains(data, []byte(`{"id":"`+key(u.Pseudo)+`",`)) {
			found++
		}
	}
	if lines := bytes.Count(data, []byte("\n")); found < 100 || found != lines {
		t.Errorf("%d of %d lines bear the key of a simulated user", found, lines)
	}
}

func TestSnapshotIsPackedByName(t *testing.T) {
	wh, m := loadedApp(t)
	o := Options{Manifest: m, Form: JSONL}
	_, _, plain := exported(t, wh, o)
	var packed [2][]byte
	for i := range packed {
		o.Path = filepath.Join(t.TempDir(), "users.jsonl.gz")
		if _, err := Features(t.Context(), wh, o); err != nil {
			t.Fatal(err)
		}
		var err error
		if packed[i], err = os.ReadFile(o.Path); err != nil {
			t.Fatal(err)
		}
	}
	r, err := gzip.NewReader(bytes.NewReader(packed[0]))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(r); err != nil || !bytes.Equal(data, plain) {
		t.Errorf("unpacked %d bytes, %v; plain are %d", len(data), err, len(plain))
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("packed again, the bytes differ")
	}
}

// weighed is a model of the manifest's features that leans on every column, its levels those of the rows.
func weighed(m *model.Manifest, rows []map[string]any) *model.Artifact {
	p := &linear.Model{Intercept: -0.2}
	a := &model.Artifact{Manifest: *m, Predictor: p}
	a.Manifest.Calibration = calibrate.Map{Kind: calibrate.None}
	for j, f := range m.Set.Features {
		c := model.Column{Field: model.Field{Name: f.Name}}
		weight := 0.3 / float64(j+1)
		p.Terms = append(p.Terms, linear.Term{Column: j, Kind: linear.Missing, Scale: 1, Weight: -weight})
		if f.Kind == features.Category {
			for _, row := range rows {
				if v, ok := row[f.Name].(string); ok && !slices.Contains(c.Levels, v) {
					c.Levels = append(c.Levels, v)
				}
			}
			p.Terms = append(p.Terms, linear.Term{Column: j, Kind: linear.Level, Level: 0, Scale: 1, Weight: weight})
		} else {
			p.Terms = append(p.Terms, linear.Term{Column: j, Kind: linear.Number, Scale: 1, Weight: weight})
		}
		a.Manifest.Fields = append(a.Manifest.Fields, c.Field)
		a.Manifest.Reference = append(a.Manifest.Reference, model.NewHistogram(c))
	}
	p.Fields = a.Manifest.Fields
	a.SetGolden(3)
	return a
}

// asked sends the body to POST /predict and gives the probabilities by id.
func asked(t *testing.T, h http.Handler, body string) map[string]float64 {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/predict?reasons=0&sure=0", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var reply struct {
		Predictions []struct {
			ID          string
			Probability float64
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, %v: %.400s", w.Code, err, w.Body)
	}
	out := map[string]float64{}
	for _, p := range reply.Predictions {
		out[p.ID] = p.Probability
	}
	return out
}

// TestServerTakesTheSnapshot holds that each line is an instance, and that the server scores it as the trainer's table is scored.
func TestServerTakesTheSnapshot(t *testing.T) {
	wh, m := loadedApp(t)
	o := Options{Manifest: m, Form: JSONL, BurnIn: 30, Unlabelled: true}
	_, path, data := exported(t, wh, o)
	rows := trained(t, wh, o)
	a := weighed(m, rows)
	dir := t.TempDir()
	if _, err := (model.Store{Dir: dir}).Publish(a, nil); err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Options{Models: dir, Snapshot: path}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	got := asked(t, s.Handler(), `{"instances":[`+strings.Join(lines, ",")+`]}`)
	one := asked(t, s.Handler(), lines[0])
	first := rows[0][userKey].(string)
	if named := asked(t, s.Handler(), `{"id":"named","user":"`+first+`"}`); named["named"] != got[first] {
		t.Errorf("named, the first user has %v, by the line %v", named, got[first])
	}
	spread := map[float64]bool{}
	for i, row := range rows {
		values := make(features.Row, len(m.Set.Features))
		for j, f := range m.Set.Features {
			switch v := row[f.Name].(type) {
			case float64:
				values[j].Number = v
			case string:
				values[j].Text = v
			default:
				values[j].Missing = true
			}
		}
		key, want := row[userKey].(string), a.Probability(a.Encode(nil, values))
		if p, ok := got[key]; !ok || p != want {
			t.Fatalf("user %d: the server says %v, the table %v", i, p, want)
		}
		if p, ok := one[key]; ok != (i == 0) || ok && p != want {
			t.Errorf("alone: %v for user %d, want %v", p, i, want)
		}
		spread[want] = true
	}
	if len(got) != len(rows) || len(spread) < len(rows)/2 {
		t.Errorf("%d answers for %d users, %d different", len(got), len(rows), len(spread))
	}
}

func TestAppendNumber(t *testing.T) {
	for _, c := range []struct {
		v    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "0"},
		{4, "4"},
		{-3, "-3"},
		{1 << 53, "9007199254740992"},
		{1e21, "1e+21"},
		{0.1, "0.1"},
		{1.0 / 3, "0.3333333333333333"},
		{1e-7, "1e-07"},
		{math.Inf(1), "3.4028234663852886e+38"},
		{-math.MaxFloat64, "-3.4028234663852886e+38"},
	} {
		got := string(appendNumber(nil, c.v))
		if got != c.want || !json.Valid([]byte(got)) {
			t.Errorf("%v is written %s, want %s", c.v, got, c.want)
		}
		back, err := strconv.ParseFloat(got, 64)
		if err != nil || math.Abs(c.v) <= math.MaxFloat32 && back != c.v {
			t.Errorf("%v reads back as %v, %v", c.v, back, err)
		}
	}
}

// table is a batch of one user: the columns before the features, a number and a category.
func table(key string, number float64, text string, null bool) []warehouse.ColumnData {
	return []warehouse.ColumnData{
		{Name: userKey, Text: []string{key}},
		{Name: day0, Text: []string{"2026-01-01"}},
		{Name: revisit, Numbers: []float64{math.NaN()}},
		{Name: "visit_days", Numbers: []float64{number}},
		{Name: "channel", Text: []string{text}, Null: []bool{null}},
	}
}

func TestSnapshotLines(t *testing.T) {
	set := &features.Set{Features: []features.Feature{
		{Name: "visit_days", Kind: features.Number, Expr: features.Days{}},
		{Name: "channel", Kind: features.Category, Expr: features.Pick{Field: "channel"}},
	}}
	key := strings.Repeat("0f", 16)
	for _, c := range []struct {
		name  string
		batch []warehouse.ColumnData
		want  string
	}{
		{"both", table(key, 4, "Direct", false), `{"visit_days":4,"channel":"Direct"}`},
		{"a share", table(key, 0.25, "친구 \"<1>\"\n", false), `{"visit_days":0.25,"channel":"친구 \"\u003c1\u003e\"\n"}`},
		{"no number", table(key, math.NaN(), "Direct", false), `{"channel":"Direct"}`},
		{"no category", table(key, 1, "", true), `{"visit_days":1}`},
		{"an empty category", table(key, 1, "", false), `{"visit_days":1}`},
		{"nothing known", table(key, math.NaN(), "", true), `{"visit_days":null}`},
	} {
		var b bytes.Buffer
		s := newSnapshot(&b, set, "users.jsonl")
		if err := errors.Join(s.add(c.batch), s.close()); err != nil {
			t.Fatal(err)
		}
		if want := `{"id":"` + key + `","features":` + c.want + "}\n"; b.String() != want {
			t.Errorf("%s: got %s, want %s", c.name, b.String(), want)
		}
	}
	for _, raw := range []string{
		"", "kim@example.com", "1234567890.1700000000", strings.Repeat("0F", 16), key + "0", strings.Repeat("g", 32),
	} {
		var b bytes.Buffer
		s := newSnapshot(&b, set, "users.jsonl")
		err := s.add(table(raw, 1, "Direct", false))
		if err == nil || raw != "" && strings.Contains(err.Error(), raw) {
			t.Errorf("a raw id of %d bytes: error %v", len(raw), err)
		}
		if err := s.close(); err != nil || b.Len() > 0 {
			t.Errorf("%d bytes were written, %v", b.Len(), err)
		}
	}
}
