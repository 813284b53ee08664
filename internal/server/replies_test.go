package server

// predictReply and what it holds are POST /predict's reply as its callers read it.
type predictReply struct {
	Model       modelName    `json:"model"`
	Predictions []prediction `json:"predictions"`
}

type prediction struct {
	ID          *string   `json:"id"`
	Probability float64   `json:"probability"`
	Revisit     bool      `json:"revisit"`
	Threshold   float64   `json:"threshold"`
	Sure        *interval `json:"sure"`
	Missing     int       `json:"missing"`
	Absent      int       `json:"absent"`
	Unseen      []string  `json:"unseen"`
	Reasons     []reason  `json:"reasons"`
}

type interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

type reason struct {
	Feature  string  `json:"feature"`
	Sentence string  `json:"sentence"`
	Effect   float64 `json:"effect"`
	Raises   bool    `json:"raises"`
}
