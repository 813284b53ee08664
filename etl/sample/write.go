package sample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// chunk is how many people a worker simulates at a time.
const chunk = 256

// Write simulates the app and writes it to dir, which appears whole or not at all: everything goes to a temporary
// neighbour that is renamed at the end. An earlier sample in dir is replaced; a directory that holds anything else is
// refused. progress, which may be nil, is told the steps done and their total, in order and from one goroutine at a time.
func Write(ctx context.Context, dir string, opt Options, progress func(done, total int)) (Summary, error) {
	if err := opt.Validate(); err != nil {
		return Summary{}, err
	}
	dir = filepath.Clean(dir)
	if err := replaceable(dir); err != nil {
		return Summary{}, err
	}
	cal, err := newCalendar(opt)
	if err != nil {
		return Summary{}, fmt.Errorf("sample: build the calendar: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return Summary{}, fmt.Errorf("sample: make the parent directory: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return Summary{}, fmt.Errorf("sample: make a temporary directory: %w", err)
	}
	defer os.RemoveAll(temp)
	w := &writer{opt: opt, cal: cal, dir: temp, steps: newSteps(progress, (opt.Users+chunk-1)/chunk+opt.Days+1)}
	s, err := w.write(ctx)
	if err != nil {
		return Summary{}, fmt.Errorf("sample: %w", err)
	}
	if err := swap(temp, dir); err != nil {
		return Summary{}, fmt.Errorf("sample: put the directory in place: %w", err)
	}
	return s, nil
}

// replaceable refuses a directory that is neither absent, nor empty, nor an earlier sample.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sample: look at the target: %w", err)
	}
	if _, err := ReadTruth(dir); err != nil {
		return fmt.Errorf("sample: %s holds something else: give an empty directory or an earlier sample", dir)
	}
	return nil
}

// swap renames temp to dir, moving an earlier directory out of the way first and back again if that fails.
func swap(temp, dir string) error {
	if err := os.Chmod(temp, 0o755); err != nil {
		return err
	}
	old := temp + "-old"
	err := os.Rename(dir, old)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	moved := err == nil
	if err := os.Rename(temp, dir); err != nil {
		if moved {
			err = errors.Join(err, os.Rename(old, dir))
		}
		return err
	}
	return os.RemoveAll(old)
}

// writer holds what the steps of one run share.
type writer struct {
	opt   Options
	cal   *calendar
	dir   string
	steps *steps
	files []string
}

func (w *writer) write(ctx context.Context) (Summary, error) {
	lives, err := w.simulate(ctx)
	if err != nil {
		return Summary{}, err
	}
	rows, err := w.events(ctx, lives)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{
		Events: rows, Days: w.cal.days,
		FirstDay: w.cal.date(0).Format("2006-01-02"), LastDay: w.cal.date(w.cal.days - 1).Format("2006-01-02"),
	}
	for i := range lives {
		if lives[i].status != refuser {
			s.Users++
		}
	}
	if err := w.tables(lives, &s); err != nil {
		return Summary{}, err
	}
	slices.Sort(w.files)
	s.Files = w.files
	w.steps.done()
	return s, ctx.Err()
}

// simulate lives all people in parallel; each has his own random stream, so the result does not depend on who runs when.
func (w *writer) simulate(ctx context.Context) ([]life, error) {
	chunks := make([][]life, (w.opt.Users+chunk-1)/chunk)
	err := parallel(ctx, len(chunks), func(i int) error {
		for p := i * chunk; p < min((i+1)*chunk, w.opt.Users); p++ {
			chunks[i] = append(chunks[i], live(w.opt, w.cal, p)...)
		}
		for j := range chunks[i] {
			chunks[i][j].finish(w.cal)
		}
		w.steps.done()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("simulate people: %w", err)
	}
	lives := slices.Concat(chunks...)
	odd := machines(w.opt, w.cal)
	for i := range odd {
		odd[i].finish(w.cal)
	}
	return append(lives, odd...), nil
}

// events writes one file a day, days in parallel.
func (w *writer) events(ctx context.Context, lives []life) (int, error) {
	days := make([][]*event, w.cal.days)
	for i := range lives {
		for j := range lives[i].events {
			e := &lives[i].events[j]
			e.user = int32(i)
			d := w.cal.day(e.at)
			days[d] = append(days[d], e)
		}
	}
	if err := os.Mkdir(filepath.Join(w.dir, "events"), 0o755); err != nil {
		return 0, err
	}
	suffix := ".json"
	if w.opt.Gzip {
		suffix = ".json.gz"
	}
	files := make([]string, w.cal.days)
	var rows atomic.Int64
	encoders := sync.Pool{New: func() any { return &encoder{cal: w.cal, seed: w.opt.Seed} }}
	err := parallel(ctx, w.cal.days, func(d int) error {
		e := encoders.Get().(*encoder)
		defer encoders.Put(e)
		rows.Add(int64(e.encodeDay(lives, d, days[d])))
		files[d] = "events/events_" + e.day + suffix
		w.steps.done()
		return writeFile(filepath.Join(w.dir, files[d]), e.buf, w.opt.Gzip)
	})
	if err != nil {
		return 0, fmt.Errorf("write event files: %w", err)
	}
	w.files = append(w.files, files...)
	return int(rows.Load()), nil
}

// tables writes everything besides the events and completes the summary.
func (w *writer) tables(lives []life, s *Summary) error {
	users := userTruths(w.cal, lives)
	s.NewUsers = len(users)
	s.Labelled, s.BaseRate, s.BestAUC, s.BestLogLoss = best(users)
	truth, err := json.MarshalIndent(truthOf(lives, *s), "", "  ")
	if err != nil {
		return fmt.Errorf("encode the answer key: %w", err)
	}
	keys, err := writeUsers(users)
	if err != nil {
		return err
	}
	profiles, meetings, err := collections(w.opt, lives)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{
		{truthFile, append(truth, '\n')},
		{truthUsersFile, keys},
		{"firestore/userCollection.ndjson", profiles},
		{"firestore/meetingsCollection.ndjson", meetings},
		{"marketing/links.csv", links()},
		{"marketing/meta_ads.csv", metaAds(w.opt, w.cal, lives)},
	} {
		path := filepath.Join(w.dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := writeFile(path, f.data, false); err != nil {
			return err
		}
		w.files = append(w.files, f.name)
	}
	return nil
}

// writeFile writes data to a new file, compressed for speed when asked.
func writeFile(path string, data []byte, compress bool) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if !compress {
		_, err = f.Write(data)
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	return z.Close()
}

// parallel runs fn for 0 to n-1 on all processors and stops at the first error or when the context ends.
func parallel(ctx context.Context, n int, fn func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := fn(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// steps counts progress.
type steps struct {
	mu          sync.Mutex
	tell        func(done, total int)
	count, size int
}

func newSteps(tell func(done, total int), size int) *steps { return &steps{tell: tell, size: size} }

func (s *steps) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if s.tell != nil {
		s.tell(s.count, s.size)
	}
}
