package osv

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

// About is what a database says of itself.
type About struct {
	// Made is when it was written; Newest when its newest record was last changed, which is how old its knowledge is.
	Made   time.Time `json:"made"`
	Newest time.Time `json:"newest"`
	// Source is what it was made from, as the one who made it named it.
	Source     string  `json:"source"`
	Ecosystems []Count `json:"ecosystems"`
	// Withdrawn and Unread count the records that are left out: those that were withdrawn, and those that could not be read.
	Withdrawn int `json:"withdrawn"`
	Unread    int `json:"unread"`
}

// Count is how much a database holds of one ecosystem.
type Count struct {
	Ecosystem string `json:"ecosystem"`
	Packages  int    `json:"packages"`
	// Records are those that name a package of the ecosystem; Malicious those of them that say the package is the attack.
	Records   int       `json:"records"`
	Malicious int       `json:"malicious"`
	Newest    time.Time `json:"newest"`
}

// The format: a line that names it, blocks of compressed entries, the index, what the database says of itself, and a
// trailer of a fixed size that says where both stand and has their checksum.
const (
	magic       = "lintel osv database 1\n"
	trailerSize = 4*8 + sha256.Size
	blockSize   = 16 << 10 // of entries before they are compressed; a block holds at least one
	maxBlock    = 64 << 20
	maxIndex    = 64 << 20
	maxAbout    = 1 << 20
	sumSize     = 16
)

// Builder gathers records and writes a database of them.
type Builder struct {
	packages map[string][]json.RawMessage // by key
	counts   map[string]*Count
	records  map[string]bool // the ids that were taken
	about    About
}

// NewBuilder makes an empty builder.
func NewBuilder() *Builder {
	return &Builder{packages: map[string][]json.RawMessage{}, counts: map[string]*Count{}, records: map[string]bool{}}
}

// Hold says that the records of an ecosystem are given, also when there are none.
func (b *Builder) Hold(ecosystem string) {
	if b.counts[ecosystem] == nil {
		b.counts[ecosystem] = &Count{Ecosystem: ecosystem}
	}
}

// key puts packages in order: by ecosystem, then by name.
func key(ecosystem, name string) string { return ecosystem + "\x00" + name }

// Add takes a record. One that was taken before is left out: exports of several ecosystems repeat records.
func (b *Builder) Add(r Record) error {
	if b.records[r.id] {
		return nil
	}
	b.records[r.id] = true
	if r.withdrawn {
		b.about.Withdrawn++
		return nil
	}
	counted := map[string]bool{}
	for _, e := range r.entries {
		raw, err := json.Marshal(e.advisory)
		if err != nil {
			return fmt.Errorf("write the record %s: %w", r.id, err)
		}
		k := key(e.ecosystem, e.name)
		b.Hold(e.ecosystem)
		c := b.counts[e.ecosystem]
		if b.packages[k] == nil {
			c.Packages++
		}
		b.packages[k] = append(b.packages[k], raw)
		if counted[e.ecosystem] {
			continue
		}
		counted[e.ecosystem] = true
		c.Records++
		if e.advisory.Malicious() {
			c.Malicious++
		}
		if r.modified.After(c.Newest) {
			c.Newest = r.modified.UTC()
		}
	}
	return nil
}

// Unread counts a record that could not be read.
func (b *Builder) Unread() { b.about.Unread++ }

// Len is how many records were taken.
func (b *Builder) Len() int { return len(b.records) }

// Write writes the database. Equal records, source and time give equal bytes.
func (b *Builder) Write(to io.Writer, source string, now time.Time) (About, error) {
	w := &writer{to: to}
	w.raw([]byte(magic))
	for _, k := range sortedKeys(b.packages) {
		entries := b.packages[k]
		sorting.By(entries, func(x, y json.RawMessage) int { return bytes.Compare(x, y) })
		w.entry(k, entries)
	}
	w.flush()
	about := b.about
	about.Made, about.Source, about.Ecosystems = now.UTC().Truncate(time.Second), source, []Count{}
	for _, name := range sortedKeys(b.counts) {
		c := *b.counts[name]
		if c.Newest.After(about.Made) {
			c.Newest = about.Made // nothing is newer than now
		}
		if c.Newest.After(about.Newest) {
			about.Newest = c.Newest
		}
		about.Ecosystems = append(about.Ecosystems, c)
	}
	return about, w.finish(about)
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// writer writes blocks and keeps the index.
type writer struct {
	to    io.Writer
	at    uint64
	err   error
	first string // key of the first entry of the open block
	block bytes.Buffer
	index bytes.Buffer
}

func (w *writer) raw(b []byte) {
	if w.err == nil {
		_, w.err = w.to.Write(b)
		w.at += uint64(len(b))
	}
}

// entry adds one package: its key and its advisories as JSON, each with its length before it.
func (w *writer) entry(k string, advisories []json.RawMessage) {
	if w.block.Len() == 0 {
		w.first = k
	}
	var list bytes.Buffer
	list.WriteByte('[')
	for i, a := range advisories {
		if i > 0 {
			list.WriteByte(',')
		}
		list.Write(a)
	}
	list.WriteByte(']')
	piece(&w.block, []byte(k))
	piece(&w.block, list.Bytes())
	if w.block.Len() >= blockSize {
		w.flush()
	}
}

func piece(to *bytes.Buffer, b []byte) {
	to.Write(binary.AppendUvarint(nil, uint64(len(b))))
	to.Write(b)
}

// flush compresses the open block and adds its line to the index: first key, place, both sizes, checksum.
func (w *writer) flush() {
	if w.block.Len() == 0 || w.err != nil {
		return
	}
	if w.block.Len() > maxBlock {
		w.err = fmt.Errorf("the records of %s fill more than %d bytes", strings.ReplaceAll(w.first, "\x00", " "), maxBlock)
		return
	}
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		if _, err = z.Write(w.block.Bytes()); err == nil {
			err = z.Close()
		}
	}
	if err != nil {
		w.err = err
		return
	}
	piece(&w.index, []byte(w.first))
	line := binary.AppendUvarint(nil, w.at)
	line = binary.AppendUvarint(line, uint64(packed.Len()))
	line = binary.AppendUvarint(line, uint64(w.block.Len()))
	sum := sha256.Sum256(packed.Bytes())
	w.index.Write(append(line, sum[:sumSize]...))
	w.raw(packed.Bytes())
	w.block.Reset()
}

func (w *writer) finish(about About) error {
	meta, err := json.Marshal(about)
	if err != nil {
		return fmt.Errorf("write what the database says of itself: %w", err)
	}
	if w.err == nil && (w.index.Len() > maxIndex || len(meta) > maxAbout) {
		w.err = fmt.Errorf("it would have an index of more than %d bytes", maxIndex)
	}
	trailer := binary.BigEndian.AppendUint64(nil, w.at)
	trailer = binary.BigEndian.AppendUint64(trailer, uint64(w.index.Len()))
	trailer = binary.BigEndian.AppendUint64(trailer, w.at+uint64(w.index.Len()))
	trailer = binary.BigEndian.AppendUint64(trailer, uint64(len(meta)))
	sum := sha256.New()
	for _, part := range [][]byte{w.index.Bytes(), meta, trailer} {
		_, _ = sum.Write(part)
	}
	w.raw(w.index.Bytes())
	w.raw(meta)
	w.raw(sum.Sum(trailer))
	if w.err != nil {
		return fmt.Errorf("write the database: %w", w.err)
	}
	return nil
}
