package exporter

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// records writes rows as TFRecord, one tf.train.Example a user. A missing value and an unknown label have no entry, so that a parser's
// default takes their place; numbers are floats, categories bytes, day0 is in days since 1970-01-01 and as_of in microseconds since then.
type records struct {
	w     *bufio.Writer
	asOf  int64
	names []string
	text  []bool
	// order is the places of names in the order of the names.
	order []int
}

func newRecords(w io.Writer, set *features.Set, at int64) *records {
	r := &records{w: bufio.NewWriterSize(w, 1<<20), asOf: at, names: []string{userKey, day0, revisit, asOf}}
	r.text = []bool{true, true, false, false}
	for _, f := range set.Features {
		r.names, r.text = append(r.names, f.Name), append(r.text, f.Kind == features.Category)
	}
	for i := range r.names {
		r.order = append(r.order, i)
	}
	slices.SortFunc(r.order, func(a, b int) int {
		if r.names[a] < r.names[b] {
			return -1
		}
		return 1
	})
	return r
}

func (r *records) add(batch []warehouse.ColumnData) error {
	for i := range batch[0].Len() {
		var e example
		for _, k := range r.order {
			if err := r.entry(&e, k, batch, i); err != nil {
				return err
			}
		}
		if err := writeRecord(r.w, e.bytes()); err != nil {
			return err
		}
	}
	return nil
}

// entry adds column k of row i.
func (r *records) entry(e *example, k int, batch []warehouse.ColumnData, i int) error {
	switch name := r.names[k]; name {
	case asOf:
		e.integer(name, r.asOf)
	case day0:
		day, err := dayNumber(batch[1].Text[i])
		if err != nil {
			return err
		}
		e.integer(name, day)
	case userKey:
		e.text(name, batch[0].Text[i])
	case revisit:
		if !isNull(&batch[2], i) {
			e.integer(name, int64(batch[2].Numbers[i]))
		}
	default:
		// Before the features the batch has three columns, the names have four.
		switch c := &batch[k-1]; {
		case isNull(c, i):
		case r.text[k]:
			e.text(name, c.Text[i])
		default:
			e.number(name, float32(min(max(c.Numbers[i], -math.MaxFloat32), math.MaxFloat32)))
		}
	}
	return nil
}

func (r *records) close() error { return r.w.Flush() }

// example is a tf.train.Example: a map of names to lists, here of one element each. Entries stand in the order in which they are added.
type example struct {
	entries []byte
}

// The fields of tf.train.Feature.
const (
	bytesList = 1
	floatList = 2
	intList   = 3
)

func (e *example) text(name, v string) {
	e.add(name, bytesList, protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), v))
}

func (e *example) number(name string, v float32) {
	e.add(name, floatList, packed(protowire.AppendFixed32(nil, math.Float32bits(v))))
}

func (e *example) integer(name string, v int64) {
	e.add(name, intList, packed(protowire.AppendVarint(nil, uint64(v))))
}

func packed(element []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), element)
}

func (e *example) add(name string, kind protowire.Number, list []byte) {
	feature := protowire.AppendBytes(protowire.AppendTag(nil, kind, protowire.BytesType), list)
	entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
	entry = protowire.AppendBytes(protowire.AppendTag(entry, 2, protowire.BytesType), feature)
	e.entries = protowire.AppendBytes(protowire.AppendTag(e.entries, 1, protowire.BytesType), entry)
}

func (e *example) bytes() []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), e.entries)
}

// writeRecord frames data as TensorFlow does: its length, a checksum of the length, the data, a checksum of the data.
func writeRecord(w io.Writer, data []byte) error {
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	head = binary.LittleEndian.AppendUint32(head, masked(head))
	for _, part := range [][]byte{head, data, binary.LittleEndian.AppendUint32(nil, masked(data))} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C turned and shifted, because a checksum of data that holds checksums says little.
func masked(data []byte) uint32 {
	sum := crc32.Checksum(data, castagnoli)
	return (sum>>15 | sum<<17) + 0xa282ead8
}
