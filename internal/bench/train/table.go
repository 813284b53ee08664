package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/Koalajuni/Calback-Data-ML/model"
)

// readTable reads PATH.f32 (rows of float32 one after another, little-endian, NaN for missing) and PATH.lab (one byte a row, 0 or 1).
// The first categories columns hold codes from 0 on.
func readTable(path string, categories int) (model.Data, error) {
	labels, err := os.ReadFile(path + ".lab")
	if err != nil {
		return model.Data{}, err
	}
	file, err := os.Open(path + ".f32")
	if err != nil {
		return model.Data{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return model.Data{}, err
	}
	rows := len(labels)
	if rows == 0 || info.Size()%int64(4*rows) != 0 {
		return model.Data{}, fmt.Errorf("%s.f32 has %d bytes, which is no whole number of columns for the %d rows of %s.lab", path, info.Size(), rows, path)
	}
	x, err := readColumns(file, rows, int(info.Size()/int64(4*rows)))
	if err != nil {
		return model.Data{}, fmt.Errorf("read %s.f32: %w", path, err)
	}
	for j := range min(categories, len(x.Columns)) {
		x.Columns[j].Levels = codes(x.Columns[j].Values)
	}
	y := make([]bool, rows)
	for i, l := range labels {
		y[i] = l == 1
	}
	return model.Data{X: x, Y: y}, nil
}

func readColumns(r io.Reader, rows, columns int) (*model.Matrix, error) {
	x := &model.Matrix{Columns: make([]model.Column, columns)}
	for j := range x.Columns {
		x.Columns[j] = model.Column{Field: model.Field{Name: "x" + strconv.Itoa(j)}, Values: make([]float32, rows)}
	}
	in, row := bufio.NewReaderSize(r, 1<<20), make([]byte, 4*columns)
	for i := range rows {
		if _, err := io.ReadFull(in, row); err != nil {
			return nil, err
		}
		for j := range columns {
			x.Columns[j].Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(row[4*j:]))
		}
	}
	return x, nil
}

// codes names as many levels as the greatest code needs.
func codes(values []float32) []string {
	highest := -1
	for _, v := range values {
		if v == v {
			highest = max(highest, int(v))
		}
	}
	levels := make([]string, highest+1)
	for code := range levels {
		levels[code] = strconv.Itoa(code)
	}
	return levels
}
