package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protocol buffer message being written, field by field. The numbers are those of onnx.proto of ONNX 1.12.
type message []byte

func (m message) integer(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) text(field protowire.Number, s string) message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func (m message) bytes(field protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

// each writes a repeated message.
func (m message) each(field protowire.Number, parts []message) message {
	for _, part := range parts {
		m = m.bytes(field, part)
	}
	return m
}

// The element types of a tensor.
const (
	typeFloat  = 1
	typeInt    = 7
	typeDouble = 11
)

// The types of an attribute.
const (
	attributeInt     = 2
	attributeString  = 3
	attributeFloats  = 6
	attributeInts    = 7
	attributeStrings = 8
)

func attribute(name string, kind int64) message { return message{}.text(1, name).integer(20, kind) }

func intAttribute(name string, v int64) message {
	return attribute(name, attributeInt).integer(3, v)
}

func textAttribute(name, v string) message {
	return attribute(name, attributeString).text(4, v)
}

func floatsAttribute(name string, values []float32) message {
	packed := make([]byte, 0, 4*len(values))
	for _, v := range values {
		packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(v))
	}
	return attribute(name, attributeFloats).bytes(7, packed)
}

func intsAttribute(name string, values []int64) message {
	var packed []byte
	for _, v := range values {
		packed = protowire.AppendVarint(packed, uint64(v))
	}
	return attribute(name, attributeInts).bytes(8, packed)
}

func textsAttribute(name string, values []string) message {
	m := attribute(name, attributeStrings)
	for _, v := range values {
		m = m.text(9, v)
	}
	return m
}

// tensor is a TensorProto of the given shape; raw holds its elements, little endian.
func tensor(name string, kind int64, shape []int64, raw []byte) message {
	var m message
	for _, n := range shape {
		m = m.integer(1, n)
	}
	return m.integer(2, kind).text(8, name).bytes(9, raw)
}

// value is a ValueInfoProto: an input or output whose first dimension is the number of rows and whose second, if width is above 0, is fixed.
func value(name string, kind, width int64, doc string) message {
	shape := message{}.bytes(1, message{}.text(2, "rows"))
	if width > 0 {
		shape = shape.bytes(1, message{}.integer(1, width))
	}
	tensorType := message{}.integer(1, kind).bytes(2, shape)
	return message{}.text(1, name).bytes(2, message{}.bytes(1, tensorType)).text(3, doc)
}

func pair(key, value string) message { return message{}.text(1, key).text(2, value) }
