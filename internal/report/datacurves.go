package report

// Curve is how one group of new people comes back, day by day.
type Curve struct {
	// By is "all", "channel", "platform" or "country", Name the group's name, empty for all.
	By   string `json:"by"`
	Name string `json:"name"`
	// Users are its people whose day 36 is over.
	Users int `json:"users"`
	// NDay counts who visited on just that day, Rolling who visited on that day or a later one up to day 36.
	NDay    []CurvePoint `json:"n_day"`
	Rolling []CurvePoint `json:"rolling"`
}

// CurvePoint is one day after the first.
type CurvePoint struct {
	Day    int `json:"day"`
	Active int `json:"active"`
	// Rate is set by the package: Active over the curve's Users.
	Rate Interval `json:"rate"`
}

// Truth is how earlier scores compare with what then happened, for one version of the model.
type Truth struct {
	Version    string   `json:"version"`
	From       string   `json:"from"`
	To         string   `json:"to"`
	Users      int      `json:"users"`
	Revisiting Number   `json:"revisiting"`
	Predicted  Number   `json:"predicted"`
	Observed   Interval `json:"observed"`
	AUC        Interval `json:"auc"`
	// TrainingAUC is what the version was published with.
	TrainingAUC Interval `json:"training_auc"`
	LogLoss     Number   `json:"log_loss"`
	ECE         Number   `json:"ece"`
	// Status is "ok", "alarm" or "few".
	Status string `json:"status"`
}
