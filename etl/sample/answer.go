package sample

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// The names of the answer key's two files.
const (
	truthFile      = "truth.json"
	truthUsersFile = "truth_users.csv.gz"
)

// Truth is the answer key of a simulated app: which actions cause a revisit and which only seem to.
type Truth struct {
	// Note says what the file is and that the pipeline may not read it.
	Note string `json:"note"`
	// Simulated is always true.
	Simulated bool `json:"simulated"`
	// LabelRule says how the label was drawn, Formula the log-odds in words.
	LabelRule string `json:"label_rule"`
	Formula   string `json:"formula"`
	// Intercept and EagernessWeight are the parts of the log-odds that no action changes.
	Intercept       float64 `json:"intercept"`
	EagernessWeight float64 `json:"eagerness_weight"`
	// Causes change the probability, strongest average effect first as far as actions go; Riders do not, with weight 0.
	Causes []Cause `json:"causes"`
	Riders []Cause `json:"riders"`
	// Shapes are the parts that are no single action: visit days, a late last visit, the interaction.
	Shapes []Shape `json:"shapes"`
	// Channels are the ways in.
	Channels []ChannelEffect `json:"channels"`
	// BaseRate, BestAUC and BestLogLoss are over the users with a whole label window.
	BaseRate    float64 `json:"base_rate"`
	BestAUC     float64 `json:"best_auc"`
	BestLogLoss float64 `json:"best_log_loss"`
}

// Cause is an action of the first week: at least Threshold times adds Weight to the log-odds of revisiting.
type Cause struct {
	Event     string  `json:"event"`
	Threshold int     `json:"threshold"`
	Weight    float64 `json:"weight"`
	// AverageEffect is in percentage points: how much the probability differs, on average over all new users, between
	// doing it Threshold times (or as often as the user did, if more) and never, with all else equal, interactions included.
	AverageEffect float64 `json:"average_effect_points"`
	// Share is the part of new users who did it at least Threshold times.
	Share float64 `json:"share"`
	// Since is the first app version that has the event, "" for all.
	Since string `json:"since,omitempty"`
}

// Shape is a part of the log-odds that is no single action.
type Shape struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"`
	Rule   string  `json:"rule"`
}

// ChannelEffect is what coming by a channel does, against coming directly with the same first week.
type ChannelEffect struct {
	Channel       string  `json:"channel"`
	Source        string  `json:"source"`
	Medium        string  `json:"medium"`
	Campaign      string  `json:"campaign,omitempty"`
	Weight        float64 `json:"weight"`
	AverageEffect float64 `json:"average_effect_points"`
	// EagernessShift is how much more eager those who come by it are, in standard deviations.
	EagernessShift float64 `json:"eagerness_shift"`
}

// UserTruth is one new user's line of the answer key.
type UserTruth struct {
	// Pseudo is the raw user_pseudo_id, Day0 the day of the first visit as YYYY-MM-DD in the zone.
	Pseudo, Day0 string
	// Probability is the true probability to revisit; 0 for the store's test devices.
	Probability float64
	// Labelled tells whether day 36 lies in the data; Revisit is the label then, and false otherwise.
	Labelled, Revisit bool
}

// ReadTruth reads truth.json from a directory that [Write] made.
func ReadTruth(dir string) (Truth, error) {
	data, err := os.ReadFile(filepath.Join(dir, truthFile))
	if err != nil {
		return Truth{}, fmt.Errorf("read the answer key: %w", err)
	}
	var t Truth
	if err := json.Unmarshal(data, &t); err != nil {
		return Truth{}, fmt.Errorf("read the answer key: %w", err)
	}
	if !t.Simulated {
		return Truth{}, errors.New("read the answer key: truth.json is not of a simulated app")
	}
	return t, nil
}

// Users reads the true probability of every new user from the directory, by raw user_pseudo_id.
func (Truth) Users(dir string) (map[string]float64, error) {
	all, err := ReadUsers(dir)
	if err != nil {
		return nil, err
	}
	out := make(map[string]float64, len(all))
	for _, u := range all {
		out[u.Pseudo] = u.Probability
	}
	return out, nil
}

// ReadUsers reads all lines of the answer key's users, in the order of the file.
func ReadUsers(dir string) ([]UserTruth, error) {
	f, err := os.Open(filepath.Join(dir, truthUsersFile))
	if err != nil {
		return nil, fmt.Errorf("read the true users: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read the true users: %w", err)
	}
	r := csv.NewReader(z)
	r.FieldsPerRecord = 4
	var out []UserTruth
	for line := 1; ; line++ {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("read the true users: %w", err)
		case line == 1:
			continue
		}
		p, err := strconv.ParseFloat(row[2], 64)
		if err != nil || p < 0 || p > 1 {
			return nil, fmt.Errorf("read the true users: line %d: probability is no number of 0 to 1", line)
		}
		out = append(out, UserTruth{Pseudo: row[0], Day0: row[1], Probability: p, Labelled: row[3] != "", Revisit: row[3] == "1"})
	}
}

// writeUsers renders the users of the answer key; a label whose window is not over stays empty.
func writeUsers(users []UserTruth) ([]byte, error) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := csv.NewWriter(z)
	rows := make([][]string, 0, len(users)+1)
	rows = append(rows, []string{"user_pseudo_id", "day0", "probability", "revisit"})
	for _, u := range users {
		label := ""
		if u.Labelled {
			label = "0"
			if u.Revisit {
				label = "1"
			}
		}
		rows = append(rows, []string{u.Pseudo, u.Day0, strconv.FormatFloat(u.Probability, 'g', 9, 64), label})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the true users: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write the true users: %w", err)
	}
	return buf.Bytes(), nil
}
