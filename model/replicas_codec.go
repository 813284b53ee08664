package model

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

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

// replicasHeader is the first line of the replicas' file, as JSON. After it come the members' payloads, each compressed by itself, so that
// all cores can read them.
type replicasHeader struct {
	Doubt   calibrate.Doubt `json:"doubt"`
	Members []replicaHeader `json:"members"`
}

// replicaHeader is a member's payload format and the size of its compressed payload.
type replicaHeader struct {
	Format string `json:"format"`
	Bytes  int    `json:"bytes"`
}

// MarshalBinary writes the refits, each in its own format.
func (r *Replicas) MarshalBinary() ([]byte, error) {
	header := replicasHeader{Doubt: r.Doubt}
	var body bytes.Buffer
	for k, p := range r.members {
		payload, err := p.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("encode replica %d: %w", k, err)
		}
		before := body.Len()
		w := gzip.NewWriter(&body)
		_, err = w.Write(payload)
		if err = errors.Join(err, w.Close()); err != nil {
			return nil, fmt.Errorf("compress replica %d: %w", k, err)
		}
		header.Members = append(header.Members, replicaHeader{Format: p.Format(), Bytes: body.Len() - before})
	}
	line, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("encode the replicas: %w", err)
	}
	return slices.Concat(line, []byte("\n"), body.Bytes()), nil
}

// DecodeReplicas reads what MarshalBinary wrote. The decoders are by payload format.
func DecodeReplicas(data []byte, fields []Field, decoders map[string]Decoder) (*Replicas, error) {
	line, body, _ := bytes.Cut(data, []byte("\n"))
	var header replicasHeader
	if err := json.Unmarshal(line, &header); err != nil {
		return nil, err
	}
	if n := len(header.Members); n < fewestReplicas || n > mostReplicas {
		return nil, replicaCountError(n)
	}
	if !header.Doubt.Valid() {
		return nil, fmt.Errorf("the doubt in the calibration is %+v, which is no covariance", header.Doubt)
	}
	compressed := make([][]byte, len(header.Members))
	for k, m := range header.Members {
		if m.Bytes < 0 || m.Bytes > len(body) {
			return nil, fmt.Errorf("replica %d has %d bytes, of which %d are there", k, m.Bytes, len(body))
		}
		compressed[k], body = body[:m.Bytes], body[m.Bytes:]
	}
	if len(body) > 0 {
		return nil, fmt.Errorf("there are %d bytes after the last replica", len(body))
	}
	members, err := decodeMembers(header.Members, compressed, fields, decoders)
	if err != nil {
		return nil, err
	}
	r, err := NewReplicas(members)
	if err != nil {
		return nil, err
	}
	r.Doubt = header.Doubt
	return r, nil
}

// decodeMembers reads the refits on all cores: a server is not ready before it has them.
func decodeMembers(in []replicaHeader, compressed [][]byte, fields []Field, decoders map[string]Decoder) ([]Predictor, error) {
	members, failed := make([]Predictor, len(in)), make([]error, len(in))
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(len(in), runtime.GOMAXPROCS(0)) {
		readers.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(in); k = int(next.Add(1)) - 1 {
				members[k], failed[k] = decodeMember(in[k].Format, compressed[k], maxReplicas/len(in), fields, decoders)
			}
		})
	}
	readers.Wait()
	for k, err := range failed {
		if err != nil {
			return nil, fmt.Errorf("replica %d: %w", k, err)
		}
	}
	return members, nil
}

func decodeMember(format string, compressed []byte, limit int, fields []Field, decoders map[string]Decoder) (Predictor, error) {
	decode, ok := decoders[format]
	if !ok {
		return nil, fmt.Errorf("this program cannot read its format %q", format)
	}
	inflated, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	payload, err := io.ReadAll(io.LimitReader(inflated, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(payload) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return decode(payload, fields)
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
