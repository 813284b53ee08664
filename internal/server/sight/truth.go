package sight

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Truth says how right the scores of one model version were, for users whose label is known by now, beside what it reached in training.
// What is nil is not known, or would tell of too few people; it is not shown. Losses are in nats, all else are shares.
type Truth struct {
	// Version is the model's.
	Version string `json:"version"`
	// From and To are the first and the last day 0 of the users, YYYY-MM-DD.
	From string `json:"from"`
	To   string `json:"to"`
	// Users were scored and have a label, Positives of them revisit.
	Users     int  `json:"users"`
	Positives *int `json:"positives"`
	// AUC comes with its 95 % interval.
	AUC     *float64 `json:"auc"`
	AUCLow  *float64 `json:"auc_low"`
	AUCHigh *float64 `json:"auc_high"`
	// LogLoss is the mean logarithmic loss, ECE the expected calibration error.
	LogLoss *float64 `json:"log_loss"`
	ECE     *float64 `json:"ece"`
	// BaseRate is the share of users that revisit, PredictedRate the mean of their probabilities.
	BaseRate      *float64 `json:"base_rate"`
	PredictedRate *float64 `json:"predicted_rate"`
	// The figures of the newest users in training.
	TrainingAUC     *float64 `json:"training_auc"`
	TrainingAUCLow  *float64 `json:"training_auc_low"`
	TrainingAUCHigh *float64 `json:"training_auc_high"`
	TrainingLogLoss *float64 `json:"training_log_loss"`
	TrainingECE     *float64 `json:"training_ece"`
	// Status is TruthOK, TruthAlarm or TruthFew.
	Status string `json:"status"`
}

// The statuses of a Truth.
const (
	// TruthOK is a model that does what it promised.
	TruthOK = "ok"
	// TruthAlarm is a model that does worse: its AUC lies below training's interval, or its log loss is that of no model.
	TruthAlarm = "alarm"
	// TruthFew is a model with too few labelled users to tell.
	TruthFew = "few"
)

// truthGauge is one figure of a Truth; nil is not known.
type truthGauge struct {
	desc  *prometheus.Desc
	value func(Truth) *float64
}

var truthGauges = []truthGauge{
	known("users", "Users with a score and a label.", func(t Truth) float64 { return float64(t.Users) }),
	known("status", "0 is as in training, or too few users to tell; 2 is an alarm.", truthLevel),
	known("from_timestamp_seconds", "First day 0 of the users, at midnight UTC.", func(t Truth) float64 { return day(t.From) }),
	known("to_timestamp_seconds", "Last day 0 of the users, at midnight UTC.", func(t Truth) float64 { return day(t.To) }),
	figure("positives", "Users that revisit.", positives),
	figure("base_rate", "Share of users that revisit.", func(t Truth) *float64 { return t.BaseRate }),
	figure("predicted_rate", "Mean of the users' probabilities.", func(t Truth) *float64 { return t.PredictedRate }),
	figure("auc", "AUC against the labels.", func(t Truth) *float64 { return t.AUC }),
	figure("auc_low", "Lower end of the AUC's interval.", func(t Truth) *float64 { return t.AUCLow }),
	figure("auc_high", "Upper end of the AUC's interval.", func(t Truth) *float64 { return t.AUCHigh }),
	figure("log_loss", "Mean logarithmic loss.", func(t Truth) *float64 { return t.LogLoss }),
	figure("ece", "Expected calibration error.", func(t Truth) *float64 { return t.ECE }),
	figure("training_auc", "AUC in training.", func(t Truth) *float64 { return t.TrainingAUC }),
	figure("training_auc_low", "Lower end of its interval.", func(t Truth) *float64 { return t.TrainingAUCLow }),
	figure("training_auc_high", "Upper end of its interval.", func(t Truth) *float64 { return t.TrainingAUCHigh }),
	figure("training_log_loss", "Mean logarithmic loss in training.", func(t Truth) *float64 { return t.TrainingLogLoss }),
	figure("training_ece", "Expected calibration error in training.", func(t Truth) *float64 { return t.TrainingECE }),
}

func figure(name, help string, value func(Truth) *float64) truthGauge {
	return truthGauge{prometheus.NewDesc("calback_truth_"+name, help, []string{"version"}, nil), value}
}

// known is a figure that every Truth has.
func known(name, help string, value func(Truth) float64) truthGauge {
	return figure(name, help, func(t Truth) *float64 {
		v := value(t)
		return &v
	})
}

func collectTruth(out chan<- prometheus.Metric, t Truth) {
	for _, g := range truthGauges {
		if v := g.value(t); v != nil {
			gauge(out, g.desc, *v, t.Version)
		}
	}
}

func positives(t Truth) *float64 {
	if t.Positives == nil {
		return nil
	}
	v := float64(*t.Positives)
	return &v
}

// truthLevel is the status on the scale of calback_drift_status.
func truthLevel(t Truth) float64 {
	if t.Status == TruthAlarm {
		return 2
	}
	return 0
}

// day is the midnight of a day in seconds since 1970 UTC; NaN, which is not shown, for what is no day.
func day(text string) float64 {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return math.NaN()
	}
	return seconds(t)
}
