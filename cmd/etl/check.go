package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/check"
	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

type checkCmd struct {
	Only      string `help:"Ask these checks only, separated by commas."`
	Accept    string `help:"Checks whose violations are known and stop nothing, separated by commas."`
	Models    string `default:"models" help:"The artifact store; the model in use says how many values its features may lack."`
	ModelName string `default:"revisit" help:"Name of the model in the store."`
}

// check asks the data checks over all loaded days. A failed one refuses.
func (s *session) check(ctx context.Context) error {
	bounds, err := s.bounds(ctx)
	if err != nil {
		return err
	}
	opt := check.Options{Bounds: bounds, Accept: commas(s.Check.Accept)}
	if s.Check.Only != "" {
		opt.Only = commas(s.Check.Only)
	}
	findings, err := check.Run(ctx, s.wh, opt)
	if err != nil {
		return err
	}
	t := table.NewWriter()
	t.SetOutputMirror(s.out.Out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"check", "", "violations", "what must hold"})
	for _, f := range findings {
		verdict := "ok"
		switch {
		case f.Failed():
			verdict = "FAILED"
		case f.Accepted:
			verdict = "accepted"
		case f.Skipped != "":
			verdict, f.Detail = "not asked", f.Skipped
		}
		t.AppendRow(table.Row{f.Name, verdict, f.Violations, f.Detail})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 4, WidthMax: 90, WidthMaxEnforcer: text.WrapSoft}})
	t.Render()
	if failed := check.Failed(findings); len(failed) > 0 {
		var names []string
		for _, f := range failed {
			names = append(names, f.Name)
		}
		return fmt.Errorf("%w: %d data checks failed: %s", etl.ErrRefused, len(failed), strings.Join(names, ", "))
	}
	return nil
}

// bounds are all loaded days, and what the model in use expects.
func (s *session) bounds(ctx context.Context) (b check.Bounds, err error) {
	rows, err := s.wh.LedgerRows(ctx)
	if err != nil {
		return b, err
	}
	end := int64(0)
	for _, r := range rows {
		if r.Table != warehouse.Events.Name {
			continue
		}
		if b.From == "" || r.Day < b.From {
			b.From = r.Day
		}
		b.To, end = max(b.To, r.Day), max(end, r.DataEnd)
	}
	if b.From == "" {
		return b, errors.New("no events are loaded yet; load some first")
	}
	settings, err := s.wh.Settings(ctx)
	if err != nil {
		return b, err
	}
	b.Zone, b.Now = settings["zone"], s.now().UnixMicro()
	if settings["simulated"] == "true" {
		// The simulated app lives on its own days, which may be long ago.
		b.Now = end
	}
	b.Missing, err = expected(model.Store{Dir: s.Check.Models}, s.Check.ModelName)
	return b, err
}

// expected is the share of values that each feature lacked in training, nil where there is no model.
func expected(store model.Store, name string) (map[string]float64, error) {
	version, err := store.Current(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := store.List()
	if err != nil {
		return nil, err
	}
	missing := map[string]float64{}
	for _, m := range list {
		if m.Name != name || m.Version != version || m.Training.Rows == 0 {
			continue
		}
		for _, h := range m.Reference {
			missing[h.Name] = float64(h.Missing) / float64(m.Training.Rows)
		}
	}
	return missing, nil
}
