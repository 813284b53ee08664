//go:build !race

package trainer

import "github.com/Koalajuni/Calback-Data-ML/internal/moments"

// plantedSample is on how many people the moments of the planted truth are judged.
var plantedSample = moments.Defaults().Sample
