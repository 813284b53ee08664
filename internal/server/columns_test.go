package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type columnsReply struct {
	Model   modelName `json:"model"`
	Outputs struct {
		Probability []float64 `json:"probability"`
		Revisit     []bool    `json:"revisit"`
		Low         []float64 `json:"low"`
		High        []float64 `json:"high"`
	} `json:"outputs"`
}

// Columns must give what the same users give as rows, to the last bit, whatever their values are.
func TestColumnsAreRows(t *testing.T) {
	s := started(t, func(o *Options) { publish(t, o.Models, sureArtifact(t, "v2")) })
	var rows []string
	columns := map[string][]string{}
	for i := range 150 {
		days, meetings, channel := fmt.Sprint(i%8), fmt.Sprintf("%d.25", i%5), `"Paid Social"`
		if i%7 == 0 {
			days = "null"
		}
		if i%3 == 0 {
			channel = `"Never Seen"`
		}
		rows = append(rows, fmt.Sprintf(`{"features":{"visit_days":%s,"meetings":%s,"channel":%s}}`, days, meetings, channel))
		for name, v := range map[string]string{"visit_days": days, "meetings": meetings, "channel": channel} {
			columns[name] = append(columns[name], v)
		}
	}
	var parts []string
	for name, values := range columns {
		parts = append(parts, fmt.Sprintf("%q:[%s]", name, strings.Join(values, ",")))
	}
	want := predicted(t, s, `{"instances":[`+strings.Join(rows, ",")+`]}`)
	for _, query := range []string{"?sure=1", ""} {
		w := ask(s, "POST", "/predict"+query, `{"inputs":{`+strings.Join(parts, ", ")+`}}`)
		var got columnsReply
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || len(got.Outputs.Probability) != 150 {
			t.Fatalf("%d %s %v", w.Code, w.Body, err)
		}
		if got.Model != want.Model || (got.Outputs.Low != nil) != (query != "") {
			t.Errorf("%s: %s", query, w.Body)
		}
		for i, p := range want.Predictions {
			o := got.Outputs
			if o.Probability[i] != p.Probability || o.Revisit[i] != p.Revisit {
				t.Fatalf("user %d: %v %v as a column, %+v as a row", i, o.Probability[i], o.Revisit[i], p)
			}
			if query != "" && (o.Low[i] != p.Sure.Low || o.High[i] != p.Sure.High) {
				t.Fatalf("user %d: %v to %v as a column, %+v as a row", i, o.Low[i], o.High[i], p.Sure)
			}
		}
	}
}

// A worker is used again: columns of an earlier request must not show in a later one.
func TestColumnsAreForgotten(t *testing.T) {
	s := started(t, nil)
	ask(s, "POST", "/predict", `{"inputs":{"visit_days":[7,7,7],"meetings":[9,9,9]}}`)
	got := ask(s, "POST", "/predict", `{"inputs":{"meetings":[1]}}`).Body.String()
	if want := `"outputs":{"probability":[` + string(appendNumber(nil, predicted(t, s, `{"features":{"meetings":1}}`).Predictions[0].Probability)) +
		`],"revisit":[`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestColumnRefusals(t *testing.T) {
	s := started(t, func(o *Options) { o.MaxInstances = 3 })
	for _, c := range []struct {
		body string
		code Code
		path string
	}{
		{`{"inputs":{}}`, EmptyFeatures, "inputs"},
		{`{"inputs":[]}`, WrongType, "inputs"},
		{`{"inputs":{"visit_days":3}}`, WrongType, "inputs.visit_days"},
		{`{"inputs":{"visit_days":[]}}`, EmptyBatch, "inputs.visit_days"},
		{`{"inputs":{"visit_days":[1,2],"meetings":[1]}}`, UnevenColumns, "inputs.meetings"},
		{`{"inputs":{"visit_days":[1,"2"]}}`, NumberAsText, "inputs.visit_days[1]"},
		{`{"inputs":{"visit_days":[1,1e300]}}`, NumberRange, "inputs.visit_days[1]"},
		{`{"inputs":{"channel":["Direct",5]}}`, WrongType, "inputs.channel[1]"},
		{`{"inputs":{"visit_days":[1,2,3,4]}}`, TooManyInstances, "inputs.visit_days"},
		{`{"inputs":{"visit_day":[1]}}`, UnknownFeature, "inputs.visit_day"},
		{`{"inputs":{"visit_days":[1],"visit_days":[1]}}`, DuplicateKey, "inputs.visit_days"},
		{`{"inputs":{"visit_days":[1]},"id":"x"}`, MixedForms, ""},
		{`{"inputs":{"visit_days":[1]},"instances":[{"features":{"visit_days":1}}]}`, MixedForms, ""},
		{`{"inputs":{"visit_days":[1]`, InvalidJSON, ""},
		{`{"inputs":{"visit_days":[1]},"inputs":{"visit_days":[1]}}`, DuplicateKey, ""},
		{`{"parameters":{"sure":true},"features":{"visit_days":1}}`, UnknownField, "parameters"},
	} {
		w := ask(s, "POST", "/predict", c.body)
		if p := isProblem(t, w.Code, w.Header(), w.Body.Bytes(), c.code); p.Path != c.path {
			t.Errorf("%s: path %q, want %q", c.body, p.Path, c.path)
		}
	}
	w := ask(s, "POST", "/predict?reasons=1", `{"inputs":{"visit_days":[1]}}`)
	isProblem(t, w.Code, w.Header(), w.Body.Bytes(), BadQuery)
	for _, path := range []string{"/explain"} {
		w := ask(s, "POST", path, `{"inputs":{"visit_days":[1]}}`)
		isProblem(t, w.Code, w.Header(), w.Body.Bytes(), UnknownField)
	}
}
