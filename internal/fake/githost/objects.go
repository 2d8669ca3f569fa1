package githost

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/git"
)

// Object is one git object: its type (blob, tree, commit, tag) and its content. Data must not be changed.
type Object struct {
	Type string
	Data []byte
}

// objects is the object store of one network of repositories: loose objects are written here, everything is read through
// one long-lived `git cat-file --batch`, and what was read or written is kept up to a limit.
type objects struct {
	dir     string
	raw     *cache[Object]
	commits *cache[*Commit]
	trees   *cache[[]Entry]
	diffs   *cache[*Comparison]
	lists   *cache[[]string]
	merges  *cache[Merge]

	reader *servant // git cat-file
	differ *servant // git diff-tree
	mark   string   // ends an answer of differ

	writing sync.Mutex
}

func newObjects(dir string, g *git.Repo) *objects {
	return &objects{dir: dir, mark: endMark(),
		reader: &servant{git: g, args: []string{"cat-file", "--batch"}},
		differ: &servant{git: g, args: diffArguments},
		raw:    newCache[Object](32 << 20), commits: newCache[*Commit](8 << 20), trees: newCache[[]Entry](8 << 20),
		diffs: newCache[*Comparison](192 << 20), lists: newCache[[]string](8 << 20), merges: newCache[Merge](1 << 20)}
}

// pack writes an object as zlib without compression (RFC 1950, RFC 1951 section 3.2.4): the repositories are small and
// live for a test, and packing would be half of the work. A zlib.Writer takes 650 KB of memory for each, even so, and a
// pool of them is of little use under the race detector, which drops a part of what is put back.
func pack(header string, data []byte) []byte {
	const most = 1<<16 - 1 // bytes of a stored block
	whole := append([]byte(header), data...)
	out := append(make([]byte, 0, len(whole)+5*(len(whole)/most+1)+6), 0x78, 0x01)
	for rest := whole; ; {
		block := rest[:min(most, len(rest))]
		rest = rest[len(block):]
		final := byte(0)
		if len(rest) == 0 {
			final = 1
		}
		length := uint16(len(block))
		out = binary.LittleEndian.AppendUint16(append(out, final), length)
		out = append(binary.LittleEndian.AppendUint16(out, ^length), block...)
		if final == 1 {
			return binary.BigEndian.AppendUint32(out, adler32.Checksum(whole))
		}
	}
}

// read returns one object by its full id.
func (o *objects) read(sha string) (Object, error) {
	if !IsID(sha) {
		return Object{}, fmt.Errorf("object %q: %w", sha, ErrNotFound)
	}
	if obj, ok := o.raw.get(sha); ok {
		return obj, nil
	}
	obj, err := o.ask(sha)
	if err != nil {
		return Object{}, err
	}
	o.raw.put(sha, obj, len(obj.Data)+128)
	return obj, nil
}

func (o *objects) ask(sha string) (obj Object, err error) {
	err = o.reader.ask(sha+"\n", func(out *bufio.Reader) error {
		line, err := out.ReadString('\n')
		if err != nil {
			return err
		}
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[1] == "missing" {
			return fmt.Errorf("object %s: %w", sha, ErrNotFound)
		}
		if len(fields) != 3 {
			return fmt.Errorf("unexpected answer %q", line)
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil {
			return fmt.Errorf("unexpected size %q", fields[2])
		}
		data := make([]byte, size+1)
		if _, err := io.ReadFull(out, data); err != nil {
			return err
		}
		obj = Object{Type: fields[1], Data: data[:size:size]}
		return nil
	})
	return obj, err
}

func (o *objects) close() {
	o.reader.close()
	o.differ.close()
}

// write stores one object as a loose file and returns its id. An object that is there already is left alone.
func (o *objects) write(kind string, data []byte) (string, error) {
	header := kind + " " + strconv.Itoa(len(data)) + "\x00"
	h := sha1.New()
	h.Write([]byte(header)) // a hash never fails to write
	h.Write(data)
	sha := hex.EncodeToString(h.Sum(nil))
	if _, ok := o.raw.get(sha); ok {
		return sha, nil
	}
	if err := o.place(sha, pack(header, data)); err != nil {
		return "", fmt.Errorf("write object: %w", err)
	}
	o.raw.put(sha, Object{Type: kind, Data: bytes.Clone(data)}, len(data)+128)
	return sha, nil
}

// place writes the file of an object, unless it is there. One is written at a time, so a file that is there is whole; git
// reads it only once a ref leads to it.
func (o *objects) place(sha string, packed []byte) error {
	o.writing.Lock()
	defer o.writing.Unlock()
	folder := filepath.Join(o.dir, sha[:2])
	path := filepath.Join(folder, sha[2:])
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o444)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(folder, 0o755); err == nil {
			f, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o444)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.Write(packed)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Object reads any object by its full id.
func (r *Repo) Object(sha string) (Object, error) { return r.pool.read(sha) }

// Blob reads a blob by its full id; another kind of object is ErrNotFound.
func (r *Repo) Blob(sha string) ([]byte, error) {
	obj, err := r.pool.read(sha)
	if err == nil && obj.Type != "blob" {
		err = fmt.Errorf("blob %s: %w", sha, ErrNotFound)
	}
	return obj.Data, err
}

// WriteBlob stores a blob and returns its id.
func (r *Repo) WriteBlob(data []byte) (string, error) { return r.pool.write("blob", data) }
