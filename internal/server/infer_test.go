package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const inferPath = "/v2/models/revisit/infer"

// Each request of the Open Inference Protocol has the answer that its specification asks for, with POST /predict's probabilities.
func TestInferGolden(t *testing.T) {
	s := started(t, func(o *Options) { publish(t, o.Models, sureArtifact(t, "v2")) })
	p := predicted(t, s, `{"instances":[{"features":{"visit_days":1,"channel":"Direct"}},{"features":{"visit_days":6,"channel":"Paid Social"}}]}`)
	a, b := p.Predictions[0], p.Predictions[1]
	const inputs = `"inputs":[{"name":"visit_days","shape":[2],"datatype":"INT64","data":[1,6]},` +
		`{"name":"channel","shape":[2],"datatype":"BYTES","data":["Direct","Paid Social"]}]`
	probability := fmt.Sprintf(`{"name":"probability","shape":[2],"datatype":"FP64","data":[%s,%s]}`,
		appendNumber(nil, a.Probability), appendNumber(nil, b.Probability))
	revisit := fmt.Sprintf(`{"name":"revisit","shape":[2],"datatype":"BOOL","data":[%v,%v]}`, a.Revisit, b.Revisit)
	low := fmt.Sprintf(`{"name":"low","shape":[2],"datatype":"FP64","data":[%s,%s]}`, appendNumber(nil, a.Sure.Low), appendNumber(nil, b.Sure.Low))
	whole := `{"model_name":"revisit","model_version":"v2","outputs":[` + probability + "," + revisit + `]}`
	for name, c := range map[string]struct{ path, body, want string }{
		"plain":        {inferPath, `{` + inputs + `}`, whole},
		"by version":   {"/v2/models/revisit/versions/v2/infer", `{` + inputs + `}`, whole},
		"with id":      {inferPath, `{"id":"r-1",` + inputs + `}`, strings.Replace(whole, `"outputs"`, `"id":"r-1","outputs"`, 1)},
		"no outputs":   {inferPath, `{` + inputs + `,"outputs":[]}`, whole},
		"one output":   {inferPath, `{` + inputs + `,"outputs":[{"name":"probability"}]}`, strings.Replace(whole, ","+revisit, "", 1)},
		"interval":     {inferPath, `{"outputs":[{"name":"low","parameters":{"binary_data":false}}],` + inputs + `}`, `{"model_name":"revisit","model_version":"v2","outputs":[` + low + `]}`},
		"data first":   {inferPath, strings.ReplaceAll(`{`+inputs+`}`, `"name":"visit_days","shape":[2],"datatype":"INT64","data":[1,6]`, `"data":[1,6],"datatype":"FP32","shape":[2],"name":"visit_days"`), whole},
		"one dim more": {inferPath, strings.Replace(`{`+inputs+`}`, `[2],"datatype":"INT64","data":[1,6]`, `[2,1],"datatype":"FP64","data":[[1],[6.0]]`, 1), whole},
		"flat of two":  {inferPath, strings.Replace(`{`+inputs+`}`, `[2],"datatype":"INT64"`, `[2,1],"datatype":"UINT8"`, 1), whole},
		"parameters":   {inferPath, `{"parameters":{"any":[1,{"thing":null}]},` + inputs + `}`, whole},
		"unseen level": {inferPath, strings.Replace(`{`+inputs+`}`, `"Direct"`, `"Never Seen"`, 1), whole},
		"white space":  {inferPath, strings.NewReplacer(",", " ,\n", ":", " : ", "[", "[ ").Replace(`{` + inputs + `}`), whole},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(s, "POST", c.path, c.body)
			if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != c.want {
				t.Errorf("%s\ngot  %d %s\nwant %s", c.body, w.Code, got, c.want)
			}
		})
	}
}

func TestInferRefusals(t *testing.T) {
	s := started(t, func(o *Options) { o.MaxInstances = 3 })
	tensor := func(of string) string { return `{"inputs":[{` + of + `}]}` }
	for _, c := range []struct {
		path, body string
		code       Code
	}{
		{inferPath, ``, EmptyBody},
		{inferPath, `[]`, NotAnObject},
		{inferPath, `{}`, EmptyFeatures},
		{inferPath, `{"inputs":[]}`, EmptyFeatures},
		{inferPath, `{"input":[]}`, UnknownField},
		{inferPath, tensor(`"name":"visit_days","shape":[1],"datatype":"FP32"`), MissingField},
		{inferPath, tensor(`"name":"visit_days","shape":[2],"datatype":"FP32","data":[1]`), BadTensor},
		{inferPath, tensor(`"name":"visit_days","shape":[1,2],"datatype":"FP32","data":[1,2]`), BadTensor},
		{inferPath, tensor(`"name":"visit_days","shape":[1.5],"datatype":"FP32","data":[1]`), BadTensor},
		{inferPath, tensor(`"name":"visit_days","shape":[0],"datatype":"FP32","data":[]`), EmptyBatch},
		{inferPath, tensor(`"name":"visit_days","shape":[1],"datatype":"BYTES","data":["1"]`), BadTensor},
		{inferPath, tensor(`"name":"channel","shape":[1],"datatype":"FP32","data":[1]`), BadTensor},
		{inferPath, tensor(`"name":"visit_days","shape":[1],"datatype":"FP32","data":["1"]`), NumberAsText},
		{inferPath, tensor(`"name":"visit_days","shape":[1],"datatype":"FP32","data":[[1,2]]`), BadTensor},
		{inferPath, tensor(`"name":"visit_days","shape":[1],"datatype":"FP32","data":[[]]`), BadTensor},
		{inferPath, tensor(`"name":"visit_day","shape":[1],"datatype":"FP32","data":[1]`), UnknownFeature},
		{inferPath, tensor(`"name":"visit_days","shape":[4],"datatype":"FP32","data":[1,2,3,4]`), TooManyInstances},
		{inferPath, tensor(`"name":"visit_days","shape":[1],"datatype":"FP32","data":[1]},{"name":"visit_days","shape":[1],"datatype":"FP32","data":[1]`), DuplicateKey},
		{inferPath, tensor(`"name":"visit_days","shape":[1],"datatype":"FP32","data":[1]},{"name":"meetings","shape":[2],"datatype":"FP32","data":[1,2]`), UnevenColumns},
		{inferPath, `{"inputs":[{"name":"visit_days","shape":[1],"datatype":"FP32","data":[1]}],"outputs":[{"name":"logit"}]}`, BadTensor},
		{inferPath, `{"inputs":[{"name":"visit_days","shape":[1],"datatype":"FP32","data":[1]}],"outputs":[{"name":"low"}]}`, BadTensor},
		{inferPath, `{"parameters":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, InvalidJSON},
		{"/v2/models/other/infer", `{}`, UnknownModel},
		{"/v2/models/revisit/versions/v9/infer", `{}`, UnknownModel},
	} {
		w := ask(s, "POST", c.path, c.body)
		isProblem(t, w.Code, w.Header(), w.Body.Bytes(), c.code)
		var said struct {
			Error string `json:"error"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Error == "" {
			t.Errorf("%s: no \"error\" for the protocol's clients: %s", c.body, w.Body)
		}
	}
}

func TestInferMetadata(t *testing.T) {
	s := started(t, nil)
	for path, want := range map[string]string{
		"/v2":                                  `{"name":"calback","version":"2","extensions":[]}`,
		"/v2/health/live":                      `{"live":true}`,
		"/v2/health/ready":                     `{"ready":true}`,
		"/v2/models/revisit/ready":             `{"name":"revisit","ready":true}`,
		"/v2/models/revisit/versions/v1/ready": `{"name":"revisit","ready":true}`,
		"/v2/models/revisit":                   `{"name":"revisit","versions":["v1"],"platform":"calback_logit","inputs":[{"name":"visit_days","datatype":"FP32","shape":[-1]},`,
		"/v2/models/revisit/versions/v1":       `{"name":"channel","datatype":"BYTES","shape":[-1]}`,
	} {
		if w := ask(s, "GET", path, ""); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
	for _, path := range []string{"/v2/models/other", "/v2/models/revisit/versions/v9", "/v2/models/other/ready", "/v2/models/revisit/versions/v9/ready"} {
		w := ask(s, "GET", path, "")
		isProblem(t, w.Code, w.Header(), w.Body.Bytes(), UnknownModel)
	}
	s.draining.Store(true)
	for _, path := range []string{"/v2/health/ready", "/v2/models/revisit/ready"} {
		w := ask(s, "GET", path, "")
		isProblem(t, w.Code, w.Header(), w.Body.Bytes(), Draining)
	}
}

// FuzzInfer sends anything to the protocol's decoder: it must answer, and never with the server's own fault.
func FuzzInfer(f *testing.F) {
	s := started(f, nil)
	f.Add([]byte(`{"id":"a","inputs":[{"name":"visit_days","shape":[2,1],"datatype":"FP32","data":[[1],[null]]}],"outputs":[{"name":"revisit"}]}`))
	f.Add([]byte(`{"inputs":[{"data":[1],"name":"channel","shape":[1],"datatype":"BYTES"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := ask(s, "POST", inferPath, string(body))
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
