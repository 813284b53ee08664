package trainer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/Koalajuni/Calback-Data-ML/internal/report"
	"github.com/Koalajuni/Calback-Data-ML/model"
)

// RecordFile stands beside an artifact: what its run found that neither the model nor the warehouse can tell again, such as the families
// that lost, the gates and the seconds; and the report's figures, by which another run can be compared with it.
const RecordFile = "run.json"

// Record is the content of RecordFile.
type Record struct {
	// The options that the report's figures depend on and the manifest does not have.
	App        string   `json:"app"`
	BurnIn     int      `json:"burn_in"`
	Background []string `json:"background"`
	Params     []string `json:"params"`
	TestShare  float64  `json:"test_share"`
	Resamples  int      `json:"resamples"`
	// MomentSample is 0 in records of versions that looked for no moments.
	MomentSample int `json:"moment_sample"`
	// Report is the report of the run, with its phrases still open to any language.
	Report report.Data `json:"report"`
}

// record writes the run's record.
func (r *run) record(data report.Data) ([]byte, error) {
	var figures bytes.Buffer
	if err := report.Record(&figures, data); err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(struct {
		Record
		Report json.RawMessage `json:"report"`
	}{
		Record: Record{
			App: r.App, BurnIn: r.BurnIn, Background: r.Background, Params: r.Choice.Params, TestShare: r.TestShare, Resamples: r.Resamples, MomentSample: r.MomentSample,
		},
		Report: figures.Bytes(),
	}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("record of the run: %w", err)
	}
	return append(out, '\n'), nil
}

// ReadRecord reads the record of a published version. The error wraps fs.ErrNotExist for an artifact from before there were records.
func ReadRecord(store model.Store, name, version string) (Record, error) {
	var rec Record
	data, err := os.ReadFile(filepath.Join(store.Dir, name, version, RecordFile))
	if err != nil {
		return rec, fmt.Errorf("read the record of %s %s: %w", name, version, err)
	}
	if err := json.Unmarshal(data, &rec); err != nil {
		return rec, fmt.Errorf("read the record of %s %s: %w", name, version, err)
	}
	if rec.Report.Format > report.Format {
		return rec, fmt.Errorf("read the record of %s %s: its format is %d, this program knows %d; use a newer one",
			name, version, rec.Report.Format, report.Format)
	}
	return rec, nil
}
