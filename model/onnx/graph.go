package onnx

import (
	"encoding/binary"
	"math"
	"strconv"
)

// graph collects operators and constants. Every operator has one name, which is also that of its first output.
type graph struct {
	nodes, constants []message
}

// ml is the domain of the operators for classic machine learning.
const ml = "ai.onnx.ml"

// add appends an operator of the standard domain and returns its output.
func (g *graph) add(op string, inputs []string, attributes ...message) string {
	name := op + "_" + strconv.Itoa(len(g.nodes))
	g.node(op, "", inputs, []string{name}, attributes)
	return name
}

// name appends an operator that does nothing but give the value its name.
func (g *graph) name(input, output string) {
	g.node("Identity", "", []string{input}, []string{output}, nil)
}

// node appends an operator.
func (g *graph) node(op, domain string, inputs, outputs []string, attributes []message) {
	var m message
	for _, in := range inputs {
		m = m.text(1, in)
	}
	for _, out := range outputs {
		m = m.text(2, out)
	}
	m = m.text(3, outputs[0]).text(4, op).each(5, attributes)
	if domain != "" {
		m = m.text(7, domain)
	}
	g.nodes = append(g.nodes, m)
}

func (g *graph) constant(kind int64, shape []int64, raw []byte) string {
	name := "constant_" + strconv.Itoa(len(g.constants))
	g.constants = append(g.constants, tensor(name, kind, shape, raw))
	return name
}

// doubles is a constant; no shape makes it a scalar.
func (g *graph) doubles(values []float64, shape ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return g.constant(typeDouble, shape, raw)
}

// double is a scalar constant.
func (g *graph) double(v float64) string { return g.doubles([]float64{v}) }

// floats is a constant of the input's type; no shape makes it a scalar.
func (g *graph) floats(values []float32, shape ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return g.constant(typeFloat, shape, raw)
}

// indices is a constant list of places.
func (g *graph) indices(values ...int64) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.constant(typeInt, []int64{int64(len(values))}, raw)
}

// columns takes columns out of a table of rows.
func (g *graph) columns(table string, places ...int64) string {
	return g.add("Gather", []string{table, g.indices(places...)}, intAttribute("axis", 1))
}

// rows takes, for each of the places, a row out of a table; of a list, an element.
func (g *graph) rows(table, places string) string {
	return g.add("Gather", []string{table, places}, intAttribute("axis", 0))
}

func (g *graph) cast(input string, kind int64) string {
	return g.add("Cast", []string{input}, intAttribute("to", kind))
}

func (g *graph) isNaN(input string) string { return g.add("IsNaN", []string{input}) }

func (g *graph) where(condition, yes, no string) string {
	return g.add("Where", []string{condition, yes, no})
}

func (g *graph) plus(a, b string) string   { return g.add("Add", []string{a, b}) }
func (g *graph) minus(a, b string) string  { return g.add("Sub", []string{a, b}) }
func (g *graph) times(a, b string) string  { return g.add("Mul", []string{a, b}) }
func (g *graph) over(a, b string) string   { return g.add("Div", []string{a, b}) }
func (g *graph) log(a string) string       { return g.add("Log", []string{a}) }
func (g *graph) sigmoid(a string) string   { return g.add("Sigmoid", []string{a}) }
func (g *graph) less(a, b string) string   { return g.add("Less", []string{a, b}) }
func (g *graph) not(a string) string       { return g.add("Not", []string{a}) }
func (g *graph) concat(a ...string) string { return g.add("Concat", a, intAttribute("axis", 1)) }

// clip keeps a value between two bounds.
func (g *graph) clip(a string, low, high float64) string {
	return g.add("Clip", []string{a, g.double(low), g.double(high)})
}

// flat turns a table of one column into a list.
func (g *graph) flat(a string) string { return g.add("Squeeze", []string{a, g.indices(1)}) }
