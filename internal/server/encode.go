package server

import (
	"encoding/json"
	"math"
	"strconv"
)

// appendNumber writes a number that is neither infinite nor NaN as encoding/json does.
func appendNumber(b []byte, v float64) []byte {
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// appendText writes a text in quotes.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(text)
			if err != nil {
				// A string can always be encoded.
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// appendName writes the model of a reply.
func appendName(b []byte, m modelName) []byte {
	b = appendText(append(b, `{"name":`...), m.Name)
	b = appendText(append(b, `,"version":`...), m.Version)
	b = strconv.AppendBool(append(b, `,"simulated":`...), m.Simulated)
	return append(b, '}')
}

// appendAnswer writes what every reply says of one instance, without the closing brace.
func (m *loaded) appendAnswer(b []byte, in *instance, s scored) []byte {
	b = append(b, '{')
	if in.id != nil {
		b = append(appendText(append(b, `"id":`...), *in.id), ',')
	}
	b = appendNumber(append(b, `"probability":`...), s.probability)
	b = strconv.AppendBool(append(b, `,"revisit":`...), m.art.Revisits(s.probability))
	b = append(b, m.threshold...)
	if s.sure {
		b = appendNumber(append(b, `,"sure":{"low":`...), s.low)
		b = append(appendNumber(append(b, `,"high":`...), s.high), '}')
	}
	b = strconv.AppendInt(append(b, `,"missing":`...), int64(in.missing), 10)
	b = strconv.AppendInt(append(b, `,"absent":`...), int64(in.absent), 10)
	for i, j := range in.unseen {
		if i == 0 {
			b = append(b, `,"unseen":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendText(b, m.names[j])
		if i == len(in.unseen)-1 {
			b = append(b, ']')
		}
	}
	return b
}

// appendEffects writes a list of at most n features that move the score, the strongest first. One that moves nothing is left out.
func (m *loaded) appendEffects(b []byte, row []float32, effects []float64, order []int, n int) []byte {
	b = append(b, '[')
	for i, j := range order {
		if i >= n || effects[j] == 0 {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"feature":`...), m.names[j])
		b = appendText(append(b, `,"sentence":`...), m.sentence(j, row[j]))
		b = appendNumber(append(b, `,"effect":`...), effects[j])
		b = append(strconv.AppendBool(append(b, `,"raises":`...), effects[j] > 0), '}')
	}
	return append(b, ']')
}
