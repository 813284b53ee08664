package server

import (
	"encoding/json"
	"testing"
)

// FuzzPredict sends any body: each must get predictions or a documented problem of the caller's.
func FuzzPredict(f *testing.F) {
	for _, c := range refusals {
		f.Add([]byte(c.body))
	}
	f.Add([]byte(`{"id":"a",` + week + `}`))
	f.Add([]byte(`{"instances":[` + one + `,{` + week + `}]}`))
	f.Add([]byte(`{"instances":[{"events":[{"name":"\ud83d\ude00","time":4102444800000000,"first_touch":946684800000000}]}]}`))
	f.Add([]byte(`{"inputs":{"visit_days":[1,null,3e0],"channel":["Direct","","\u00e9"]}}`))
	f.Add([]byte(`{"inputs":{"visit_days":[1],"meetings":[true,false]}}`))
	f.Add([]byte(`{"user":"somebody"}`))
	s := started(f, func(o *Options) { o.MaxInstances = 3 })
	known := map[string]bool{}
	for _, d := range descriptions {
		known[d.name] = true
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := ask(s, "POST", "/predict", string(body))
		var reply struct {
			Code        string
			Predictions []prediction
			Outputs     struct{ Probability []float64 }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
			t.Fatalf("%q: the reply is no JSON: %v", body, err)
		}
		switch {
		case w.Code == 200:
			said := reply.Outputs.Probability
			for _, p := range reply.Predictions {
				said = append(said, p.Probability)
			}
			if !json.Valid(body) || len(said) == 0 {
				t.Fatalf("%q was answered with %s", body, w.Body)
			}
			for _, p := range said {
				if !(p >= 0 && p <= 1) {
					t.Fatalf("%q: probability %v", body, p)
				}
			}
		case w.Code >= 500 || !known[reply.Code]:
			t.Fatalf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}

// FuzzVertex sends any body to Vertex AI's route: each must get predictions or a documented problem of the caller's.
func FuzzVertex(f *testing.F) {
	f.Add([]byte(`{"instances":[` + one + `],"parameters":{"reasons":3,"sure":true}}`))
	f.Add([]byte(`{"parameters":null,"instances":[{` + week + `},` + one + `]}`))
	f.Add([]byte(`{"parameters":{"reasons":-1},"instances":[]}`))
	f.Add([]byte(`{"parameters":{"reasons":1,"reasons":2},"parameters":{"sure":tru`))
	f.Add([]byte(`{"instances":[` + one + `],"parameters": nul`))
	f.Add([]byte(`{"inputs":{"visit_days":[1]},"parameters":{}}`))
	s := started(f, func(o *Options) { o.MaxInstances = 3; o.Vertex = Vertex{Predict: "/vertex/predict"} })
	known := map[string]bool{}
	for _, d := range descriptions {
		known[d.name] = true
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := ask(s, "POST", "/vertex/predict", string(body))
		var reply struct {
			Code        string
			Predictions []prediction
		}
		if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
			t.Fatalf("%q: the reply is no JSON: %v", body, err)
		}
		switch {
		case w.Code == 200:
			if !json.Valid(body) || len(reply.Predictions) == 0 {
				t.Fatalf("%q was answered with %s", body, w.Body)
			}
			for _, p := range reply.Predictions {
				if !(p.Probability >= 0 && p.Probability <= 1) {
					t.Fatalf("%q: probability %v", body, p.Probability)
				}
			}
		case w.Code >= 500 || !known[reply.Code]:
			t.Fatalf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}
