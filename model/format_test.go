package model_test

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/linear"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

// TestOldArtifacts holds that what an earlier program published loads and scores with the same bits; testdata/README.md says who made it.
func TestOldArtifacts(t *testing.T) {
	s := model.Store{Dir: "testdata"}
	decoders := map[string]model.Decoder{linear.Format: linear.Decode, tree.Format: tree.Decode}
	for _, family := range []string{"logit", "gbdt", "forest"} {
		t.Run(family, func(t *testing.T) {
			a, err := s.Open("format1", family, decoders)
			if err != nil {
				t.Fatal(err)
			}
			var answers []struct {
				Row                []*float32
				Score, Probability string
			}
			if err := json.Unmarshal(read(t, filepath.Join("testdata", "format1", family+"-answers.json")), &answers); err != nil {
				t.Fatal(err)
			}
			if len(answers) != 60 {
				t.Fatalf("%d answers, want 60", len(answers))
			}
			for i, want := range answers {
				row := make([]float32, len(want.Row))
				for j, v := range want.Row {
					row[j] = nan
					if v != nil {
						row[j] = *v
					}
				}
				score, p := fmt.Sprintf("%016x", math.Float64bits(a.Predictor.Score(row))), fmt.Sprintf("%016x", math.Float64bits(a.Probability(row)))
				if score != want.Score || p != want.Probability {
					t.Errorf("row %d: score %s, probability %s; want %s, %s", i, score, p, want.Score, want.Probability)
				}
			}
		})
	}
}
