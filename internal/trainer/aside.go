package trainer

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

const (
	// asideDir is where refused models stand in the store, by model and version. No model can have that name.
	asideDir = ".refused"
	// reasonsFile says beside a refused model why it was refused.
	reasonsFile = "reasons.json"
)

// Reasons is why a model was refused.
type Reasons struct {
	// Refused is the gate that ended the run and its words; Gates are all that were asked.
	Refused string `json:"refused"`
	Gates   []Gate `json:"gates"`
}

// keepAside writes a refused model with its report and the reasons where nobody serves from, so that it can be looked into.
func (r *run) keepAside(a *model.Artifact, files map[string][]byte) (string, error) {
	asked := slices.Clone(r.Gates)
	for k := range asked {
		asked[k].Detail = asked[k].Detail.Said(nil)
	}
	reasons, err := json.MarshalIndent(Reasons{Refused: r.Refused.Error(), Gates: asked}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write why the model was refused: %w", err)
	}
	files[reasonsFile] = append(reasons, '\n')
	dir, err := model.Store{Dir: filepath.Join(r.Store.Dir, asideDir)}.Publish(a, files)
	if err != nil {
		return "", fmt.Errorf("keep the refused model aside: %w", err)
	}
	return dir, nil
}
