package exporter

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

// The file with the records foo and bar was written by TensorFlow's own TFRecordWriter, as Apache Beam's tests of TFRecord tell
// (sdks/python/apache_beam/io/tfrecordio_test.py).
func TestRecordsAreFramedAsTensorFlowFramesThem(t *testing.T) {
	want, err := base64.StdEncoding.DecodeString("AwAAAAAAAACwmUkOZm9vYYq+/gMAAAAAAAAAsJlJDmJhckYA5cg=")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, data := range []string{"foo", "bar"} {
		if err := writeRecord(&b, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("got %x, want %x", b.Bytes(), want)
	}
}

// The message is the one that TensorFlow's tutorial "TFRecord and tf.train.Example" serialises: False, 4, goat and 0.9876.
func TestExampleIsThatOfTensorFlow(t *testing.T) {
	want := "\nR\n\x11\n\x08feature0\x12\x05\x1a\x03\n\x01\x00\n\x11\n\x08feature1\x12\x05\x1a\x03\n\x01\x04" +
		"\n\x14\n\x08feature2\x12\x08\n\x06\n\x04goat\n\x14\n\x08feature3\x12\x08\x12\x06\n\x04[\xd3|?"
	var e example
	e.integer("feature0", 0)
	e.integer("feature1", 4)
	e.text("feature2", "goat")
	e.number("feature3", 0.9876)
	if got := string(e.bytes()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	back := readExample(t, []byte(want))
	if diff := cmp.Diff(map[string]any{"feature0": int64(0), "feature1": int64(4), "feature2": "goat", "feature3": float32(0.9876)}, back); diff != "" {
		t.Error(diff)
	}
}

// readRecords is a reader of TFRecord that trusts nothing the writer has.
func readRecords(t *testing.T, data []byte) (records [][]byte) {
	t.Helper()
	check := func(part []byte, sum uint32) {
		if got := masked(part); got != sum {
			t.Fatalf("record %d: checksum %x, want %x", len(records), sum, got)
		}
	}
	for len(data) > 0 {
		n := binary.LittleEndian.Uint64(data)
		check(data[:8], binary.LittleEndian.Uint32(data[8:]))
		record := data[12 : 12+n]
		check(record, binary.LittleEndian.Uint32(data[12+n:]))
		records, data = append(records, record), data[16+n:]
	}
	return records
}

// readExample reads a tf.train.Example whose lists have one element each.
func readExample(t *testing.T, data []byte) map[string]any {
	t.Helper()
	values := map[string]any{}
	for _, entry := range fieldsOf(t, fieldsOf(t, data)[0].data) {
		parts := fieldsOf(t, entry.data)
		list := fieldsOf(t, parts[1].data)[0]
		element := fieldsOf(t, list.data)[0].data
		name := string(parts[0].data)
		switch list.number {
		case bytesList:
			values[name] = string(element)
		case floatList:
			values[name] = math.Float32frombits(binary.LittleEndian.Uint32(element))
		case intList:
			v, _ := protowire.ConsumeVarint(element)
			values[name] = int64(v)
		}
	}
	return values
}

type field struct {
	number protowire.Number
	data   []byte
}

// fieldsOf are the fields of a message that has only fields with a length.
func fieldsOf(t *testing.T, data []byte) (fields []field) {
	t.Helper()
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 || kind != protowire.BytesType {
			t.Fatalf("no tag of a field with a length in %x", data)
		}
		value, m := protowire.ConsumeBytes(data[n:])
		if m < 0 {
			t.Fatalf("no bytes in %x", data)
		}
		fields, data = append(fields, field{number, value}), data[n+m:]
	}
	return fields
}
