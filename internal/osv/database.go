package osv

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Source is a database to look packages up in, as far as there is one. The zero value is none.
type Source struct {
	Database *Database
	// Problem says why the one that is configured cannot be used; empty when it can, and when none is configured.
	Problem string
}

// Database looks packages up. Methods may be called at the same time.
type Database struct {
	file   io.ReaderAt
	about  About
	digest string
	blocks []block

	mu   sync.Mutex
	last int // the block that was read last
	held []byte
}

// block is one line of the index.
type block struct {
	first          string
	at             int64
	packed, length int
	sum            [sumSize]byte
}

// ErrDamaged is in every error that says that a database is not as it was written.
var ErrDamaged = errors.New("it is damaged, cut off, or no database of Lintel's; make it anew with lintel osv update")

// Open reads the index of a database of so many bytes. The file must stay as it is while the database is used.
func Open(file io.ReaderAt, size int64) (*Database, error) {
	head, trailer := make([]byte, len(magic)), make([]byte, trailerSize)
	if size < int64(len(magic)+trailerSize) {
		return nil, ErrDamaged
	}
	if err := readAt(file, head, 0); err != nil {
		return nil, err
	}
	if err := readAt(file, trailer, size-trailerSize); err != nil {
		return nil, err
	}
	if string(head) != magic {
		return nil, ErrDamaged
	}
	var n [4]uint64
	for i := range n {
		n[i] = binary.BigEndian.Uint64(trailer[8*i:])
	}
	end := uint64(size - trailerSize)
	if n[1] > maxIndex || n[3] > maxAbout || n[0] > end || n[0]+n[1] != n[2] || n[2]+n[3] != end {
		return nil, ErrDamaged
	}
	body := make([]byte, n[1]+n[3])
	if err := readAt(file, body, int64(n[0])); err != nil {
		return nil, err
	}
	sum := sha256.New()
	_, _ = sum.Write(body)
	_, _ = sum.Write(trailer[:4*8])
	if !bytes.Equal(sum.Sum(nil), trailer[4*8:]) {
		return nil, ErrDamaged
	}
	d := &Database{file: file, digest: hex.EncodeToString(trailer[4*8:]), last: -1}
	if err := json.Unmarshal(body[n[1]:], &d.about); err != nil {
		return nil, ErrDamaged
	}
	blocks, err := readIndex(body[:n[1]], int64(n[0]))
	d.blocks = blocks
	return d, err
}

func readAt(file io.ReaderAt, into []byte, at int64) error {
	n, err := file.ReadAt(into, at)
	switch {
	case n == len(into):
		return nil
	case errors.Is(err, io.EOF):
		return ErrDamaged
	}
	return fmt.Errorf("read the database: %w", err)
}

// cursor takes pieces from the front of bytes.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) number() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) bytes(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

// readIndex reads the lines of the index; every block must stand before end.
func readIndex(b []byte, end int64) ([]block, error) {
	var blocks []block
	c := &cursor{b: b}
	for len(c.b) > 0 {
		l := block{first: string(c.bytes(c.number()))}
		at, packed, length := c.number(), c.number(), c.number()
		copy(l.sum[:], c.bytes(sumSize))
		if c.bad || at > uint64(end) || packed > uint64(end)-at || packed > maxBlock || length > maxBlock {
			return nil, ErrDamaged
		}
		l.at, l.packed, l.length = int64(at), int(packed), int(length)
		if len(blocks) > 0 && blocks[len(blocks)-1].first >= l.first {
			return nil, ErrDamaged
		}
		blocks = append(blocks, l)
	}
	return slices.Clip(blocks), nil
}

// About is what the database says of itself.
func (d *Database) About() About { return d.about }

// Digest names the content of the database.
func (d *Database) Digest() string { return d.digest }

// Holds reports whether the database was made with the records of an ecosystem.
func (d *Database) Holds(ecosystem string) bool {
	return slices.ContainsFunc(d.about.Ecosystems, func(c Count) bool { return c.Ecosystem == ecosystem })
}

// Lookup gives the advisories of a package. An error says that the database could not be read or is damaged, and nothing of the package.
func (d *Database) Lookup(ecosystem, name string) ([]Advisory, error) {
	k := key(ecosystem, Name(ecosystem, name))
	i := sort.Search(len(d.blocks), func(i int) bool { return d.blocks[i].first > k }) - 1
	if i < 0 {
		return nil, nil
	}
	content, err := d.block(i)
	if err != nil {
		return nil, err
	}
	for c := (&cursor{b: content}); len(c.b) > 0; {
		found := c.bytes(c.number())
		list := c.bytes(c.number())
		switch order := strings.Compare(string(found), k); {
		case c.bad:
			return nil, ErrDamaged
		case order > 0:
			return nil, nil
		case order < 0:
			continue
		}
		var advisories []Advisory
		if err := json.Unmarshal(list, &advisories); err != nil {
			return nil, ErrDamaged
		}
		return advisories, nil
	}
	return nil, nil
}

// block reads one block. The one that was read last is held, because packages are looked up in order.
func (d *Database) block(i int) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last == i {
		return d.held, nil
	}
	b := d.blocks[i]
	packed := make([]byte, b.packed)
	if err := readAt(d.file, packed, b.at); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(packed); !bytes.Equal(sum[:sumSize], b.sum[:]) {
		return nil, ErrDamaged
	}
	content := make([]byte, b.length)
	if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(packed)), content); err != nil {
		return nil, ErrDamaged
	}
	if b.length <= 4*blockSize {
		d.last, d.held = i, content
	}
	return content, nil
}

// Verify reads every block and says which is not as it was written.
func (d *Database) Verify() error {
	for i := range d.blocks {
		if _, err := d.block(i); err != nil {
			return err
		}
	}
	return nil
}
