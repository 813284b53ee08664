// Command go scores one user: go run ./docs/examples/go
//
// CALBACK_URL is the server, CALBACK_API_KEY a key where it wants one. Nothing but the standard library.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"
)

// Instance is one user by features.
type Instance struct {
	ID       string         `json:"id"`
	Features map[string]any `json:"features"`
}

// Prediction is the answer for one instance.
type Prediction struct {
	ID          string  `json:"id"`
	Probability float64 `json:"probability"`
	Revisit     bool    `json:"revisit"`
	Reasons     []struct {
		Sentence string  `json:"sentence"`
		Effect   float64 `json:"effect"`
	} `json:"reasons"`
}

// Problem is what the server refused, as RFC 9457 has it.
type Problem struct {
	Code   string `json:"code"`
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

func (p *Problem) Error() string {
	if p.Path == "" {
		return p.Code + ": " + p.Detail
	}
	return p.Code + ": " + p.Path + ": " + p.Detail
}

// Client asks one server.
type Client struct {
	URL, Key string
	HTTP     http.Client
}

// Predict scores users; it waits and tries again while the server has too much to do.
func (c *Client) Predict(ctx context.Context, users []Instance) ([]Prediction, error) {
	body, err := json.Marshal(map[string]any{"instances": users})
	if err != nil {
		return nil, err
	}
	for tries := 3; ; {
		tries--
		var reply struct {
			Predictions []Prediction `json:"predictions"`
		}
		wait, err := c.post(ctx, "/predict?reasons=3", body, &reply)
		var problem *Problem
		if tries == 0 || !errors.As(err, &problem) || !slices.Contains([]string{"overloaded", "rate_limited"}, problem.Code) {
			return reply.Predictions, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// post sends body and reads the reply, or a Problem and how long to wait before the next try.
func (c *Client) post(ctx context.Context, path string, body []byte, reply any) (wait time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.Key)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return 0, json.NewDecoder(response.Body).Decode(reply)
	}
	var problem Problem
	if err := json.NewDecoder(response.Body).Decode(&problem); err != nil {
		return 0, fmt.Errorf("status %s: %w", response.Status, err)
	}
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil {
		seconds = 1
	}
	return time.Duration(seconds) * time.Second, &problem
}

func main() {
	client := Client{
		URL: cmp.Or(os.Getenv("CALBACK_URL"), "http://127.0.0.1:8080"), Key: os.Getenv("CALBACK_API_KEY"),
		HTTP: http.Client{Timeout: 10 * time.Second},
	}
	user := Instance{ID: "u-1", Features: map[string]any{"visit_days": 4, "n_meeting_create": 2, "channel": "Paid Social"}}
	predictions, err := client.Predict(context.Background(), []Instance{user})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, p := range predictions {
		says := "does not revisit"
		if p.Revisit {
			says = "revisits"
		}
		fmt.Printf("%s: %.3f, %s\n", p.ID, p.Probability, says)
		for _, reason := range p.Reasons {
			fmt.Printf("  %s (%+.2f)\n", reason.Sentence, reason.Effect)
		}
	}
}
