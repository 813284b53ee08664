package moments

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

func TestConfoundersAreThoseTheDataHas(t *testing.T) {
	x := &model.Matrix{}
	for _, name := range []string{"visit_days", "meet_count", "channel"} {
		x.Columns = append(x.Columns, model.Column{Field: model.Field{Name: name}, Values: []float32{1}})
	}
	held := Confounders(x)
	if len(held.Columns) != 2 || held.Columns[0].Name != "visit_days" || held.Columns[1].Name != "channel" {
		t.Errorf("held equal are %v", held.Fields())
	}
}
