package osv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// maxSums is the largest list of checksums.
const maxSums = 64 << 20

// checksums reads the list that the caller names, or the one in the folder. Without one it is nil.
func (c Update) checksums(ctx context.Context) (map[string]string, error) {
	path := c.Sums
	if path == "" {
		path = filepath.Join(c.From, "SHA256SUMS")
		if _, err := os.Stat(path); err != nil {
			if errors.Is(err, fs.ErrNotExist) || strings.Contains(c.From, "://") || !isFolder(c.From) {
				return nil, nil
			}
			return nil, terminal.Unreadable("--sums", path, err)
		}
	}
	content, err := terminal.ReadFile(ctx, "--sums", path, maxSums)
	if err != nil {
		return nil, err
	}
	return parseSums(path, string(content))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// parseSums reads lines of "hex  name", as sha256sum writes them.
func parseSums(path, content string) (map[string]string, error) {
	sums, n := map[string]string{}, 0
	for line := range strings.Lines(content) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		sum, name, ok := strings.Cut(line, " ")
		name = strings.TrimPrefix(strings.TrimLeft(name, " *"), "./")
		if b, err := hex.DecodeString(sum); !ok || err != nil || len(b) != sha256.Size || name == "" {
			return nil, &usage.Error{
				What:   fmt.Sprintf("--sums: line %d of %s is no SHA-256 with a name behind it", n, path),
				Remedy: "write the file with sha256sum, by the names that stand below --from",
			}
		}
		sums[filepath.ToSlash(name)] = strings.ToLower(sum)
	}
	return sums, nil
}

// checksum refuses a file that the list does not name, or names with another checksum. Without a list all is taken.
func (g *gathering) checksum(path, name string) error {
	if g.sums == nil {
		return nil
	}
	want, ok := g.sums[name]
	if !ok {
		return &usage.Error{
			What:   fmt.Sprintf("the list of checksums does not name %s", name),
			Remedy: "add it with sha256sum, if it is what you expect",
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return &usage.Error{
			What:   fmt.Sprintf("%s has the SHA-256 %s, and the list says %s", name, got, want),
			Remedy: "get it again, and find out who changed it if it differs again; the database stays as it was",
		}
	}
	return nil
}
