package gbdt

import (
	"testing"

	"github.com/Koalajuni/Calback-Data-ML/model"
	"github.com/Koalajuni/Calback-Data-ML/model/modeltest"
	"github.com/Koalajuni/Calback-Data-ML/model/tree"
)

func TestSuite(t *testing.T) {
	modeltest.Classifier(t, func(seed uint64) model.Classifier {
		p := Defaults()
		p.Seed, p.Rounds = seed, 60
		return New(p)
	}, tree.Decode)
}
