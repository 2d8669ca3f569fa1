package daily

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// maxPulls bounds a day.
const maxPulls = 1 << 20

// part is a column as it is stored: each value takes so many bytes, least significant first, and counts from least; 0 is
// unknown. A column of one value takes no bytes.
type part struct {
	width int
	least int64
	bytes []byte
}

// Encode packs a day.
func (d *Day) Encode() []byte {
	b := binary.AppendUvarint(nil, uint64(d.n)) //nolint:gosec // a length
	word := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(len(d.repos)))
	for _, r := range d.repos {
		word(r.Forge)
		b = binary.AppendVarint(b, r.ID)
	}
	for _, list := range [][]string{d.teams, d.kinds} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, s := range list {
			word(s)
		}
	}
	for c := range columns {
		b = appendColumn(b, d.of(c))
	}
	return b
}

func appendColumn(b []byte, values []int64) []byte {
	least, most := int64(math.MaxInt64), int64(math.MinInt64)
	known := 0
	for _, v := range values {
		if v != unknown {
			least, most, known = min(least, v), max(most, v), known+1
		}
	}
	if known == len(values) && least == most {
		return binary.AppendVarint(binary.AppendUvarint(b, same), least)
	}
	span := uint64(0) // 0 stands for unknown
	if known > 0 {
		span = uint64(most) - uint64(least) + 1 //nolint:gosec // the difference is right whatever the signs are
	}
	width := (bits.Len64(span) + 7) / 8
	b = binary.AppendVarint(binary.AppendUvarint(b, uint64(width)), least) //nolint:gosec // from 0 to 8
	for _, v := range values {
		var code uint64
		if v != unknown {
			code = uint64(v-least) + 1 //nolint:gosec // from 1 on
		}
		for range width {
			b = append(b, byte(code))
			code >>= 8
		}
	}
	return b
}

// same stands for the width of a column that has one known value.
const same = 9

var errCut = errors.New("the day is cut off")

// Decode reads what Encode wrote.
func Decode(b []byte) (*Day, error) {
	r := &reader{rest: b}
	d := &Day{n: r.length(maxPulls)}
	for range r.length(d.n) {
		forge := r.word()
		d.repos = append(d.repos, Repo{Forge: forge, ID: r.number()})
	}
	for _, list := range []*[]string{&d.teams, &d.kinds} {
		for range r.length(d.n) {
			*list = append(*list, r.word())
		}
	}
	for c := range columns {
		p := part{width: r.length(same), least: r.number()}
		if p.width < same {
			p.bytes = r.take(p.width * d.n)
		}
		d.stored[c] = p
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errCut
	}
	for c, lists := range map[column]int{repo: len(d.repos), team: len(d.teams), kind: len(d.kinds)} {
		for _, v := range d.of(c) {
			if v < 0 || v >= int64(lists) {
				return nil, fmt.Errorf("the day names the %d-th of %d", v, lists)
			}
		}
	}
	return d, nil
}

// of is a column.
func (d *Day) of(c column) []int64 {
	if d.values[c] == nil && d.n > 0 {
		d.values[c] = d.stored[c].decode(d.n)
	}
	return d.values[c]
}

func (p part) decode(n int) []int64 {
	values := make([]int64, n)
	switch p.width {
	case same:
		for i := range values {
			values[i] = p.least
		}
	case 0:
		for i := range values {
			values[i] = unknown
		}
	case 1:
		for i, b := range p.bytes {
			values[i] = p.value(uint64(b))
		}
	case 2:
		for i := range values {
			values[i] = p.value(uint64(p.bytes[2*i]) | uint64(p.bytes[2*i+1])<<8)
		}
	case 3:
		for i := range values {
			b := p.bytes[3*i : 3*i+3]
			values[i] = p.value(uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16)
		}
	default:
		for i := range values {
			code := uint64(0)
			for at := p.width - 1; at >= 0; at-- {
				code = code<<8 | uint64(p.bytes[p.width*i+at])
			}
			values[i] = p.value(code)
		}
	}
	return values
}

func (p part) value(code uint64) int64 {
	if code == 0 {
		return unknown
	}
	return p.least + int64(code-1) //nolint:gosec // as it was made
}

// reader takes a stored day apart. After a failure it gives zeros.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) fail() { r.rest, r.failed = nil, true }

// length is a number from 0 to most.
func (r *reader) length(most int) int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > uint64(most) { //nolint:gosec // a length
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return int(v) //nolint:gosec // bounded by most
}

func (r *reader) number() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.fail()
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) word() string { return string(r.take(r.length(1 << 16))) }
