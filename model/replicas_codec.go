package model

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/Koalajuni/Calback-Data-ML/model/calibrate"
)

// The number of replicas that can be kept: with fewer the scatter is itself chance, with more a score takes too long.
const (
	fewestReplicas = 5
	mostReplicas   = 200
)

// maxReplicas bounds what the replicas' file may become when it is inflated.
const maxReplicas = maxFile

func replicaCountError(n int) error {
	return fmt.Errorf("there are %d replicas; fit %d to %d", n, fewestReplicas, mostReplicas)
}

// encodedReplicas is the content of the replicas' file, which is compressed: refits are much alike.
type encodedReplicas struct {
	Doubt   calibrate.Doubt  `json:"doubt"`
	Members []encodedReplica `json:"members"`
}

type encodedReplica struct {
	Format  string `json:"format"`
	Payload []byte `json:"payload"`
}

// MarshalBinary writes the refits, each in its own format.
func (r *Replicas) MarshalBinary() ([]byte, error) {
	out := encodedReplicas{Doubt: r.Doubt}
	for k, p := range r.members {
		payload, err := p.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("encode replica %d: %w", k, err)
		}
		out.Members = append(out.Members, encodedReplica{Format: p.Format(), Payload: payload})
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(w).Encode(out), w.Close()); err != nil {
		return nil, fmt.Errorf("encode the replicas: %w", err)
	}
	return b.Bytes(), nil
}

// DecodeReplicas reads what MarshalBinary wrote. The decoders are by payload format.
func DecodeReplicas(data []byte, fields []Field, decoders map[string]Decoder) (*Replicas, error) {
	inflated, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(inflated, maxReplicas+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxReplicas {
		return nil, fmt.Errorf("they are larger than %d MiB", maxReplicas>>20)
	}
	var in encodedReplicas
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, err
	}
	if len(in.Members) > mostReplicas {
		return nil, replicaCountError(len(in.Members))
	}
	if !in.Doubt.Valid() {
		return nil, fmt.Errorf("the doubt in the calibration is %+v, which is no covariance", in.Doubt)
	}
	members := make([]Predictor, len(in.Members))
	for k, m := range in.Members {
		decode, ok := decoders[m.Format]
		if !ok {
			return nil, fmt.Errorf("this program cannot read replica %d, which is of format %q", k, m.Format)
		}
		if members[k], err = decode(m.Payload, fields); err != nil {
			return nil, fmt.Errorf("replica %d: %w", k, err)
		}
	}
	r, err := NewReplicas(members)
	if err != nil {
		return nil, err
	}
	r.Doubt = in.Doubt
	return r, nil
}

const normalQuantile95 = 1.6448536269514722

// studentQuantile95 is the 95 % quantile of Student's distribution, by the expansion in Abramowitz and Stegun 26.7.5; from five replicas
// on it is off by less than 0.002.
func studentQuantile95(freedom int) float64 {
	const z = normalQuantile95
	n := float64(freedom)
	const z3, z5, z7 = z * z * z, z * z * z * z * z, z * z * z * z * z * z * z
	return z + (z3+z)/(4*n) + (5*z5+16*z3+3*z)/(96*n*n) + (3*z7+19*z5+17*z3-15*z)/(384*n*n*n)
}
