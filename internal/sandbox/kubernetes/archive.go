package kubernetes

import (
	"archive/tar"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// archive is a tree as it is sent to a pod.
type archive struct {
	folder string
	size   int64  // bytes of the archive
	disk   int64  // bytes that it takes on a disk
	last   string // the name of its last file, which is no file of the tree
}

const (
	block = 512
	page  = 4096
)

// measure says how large the archive of a folder is.
func measure(ctx context.Context, folder string) (archive, error) {
	a := archive{folder: folder, last: ".lintel-" + rand.Text()}
	if info, err := os.Lstat(folder); err != nil || !info.IsDir() {
		return a, fmt.Errorf("show the tree %q: it is no folder", folder)
	}
	counted := &counter{}
	err := a.write(ctx, counted, func(io.Writer, string, int64) error { return nil }, func(size int64) {
		counted.n += (size + block - 1) / block * block
		a.disk += (size+page-1)/page*page + page
	})
	a.size = counted.n
	a.disk += 16 << 20
	return a, err
}

// reader gives the archive.
func (a archive) reader(ctx context.Context) io.ReadCloser {
	from, to := io.Pipe()
	go func() { to.CloseWithError(a.write(ctx, to, copyFile, nil)) }()
	return from
}

// write writes the archive, in the format that every tar reads. Content writes what a file holds; where count is given, it
// is told of each file instead, and the archive has headers alone. Links and devices are left out.
func (a archive) write(
	ctx context.Context,
	to io.Writer,
	content func(to io.Writer, name string, size int64) error,
	count func(int64),
) error {
	all := tar.NewWriter(to)
	add := func(header *tar.Header, name string) error {
		header.Format, header.ModTime = tar.FormatGNU, time.Unix(1_000_000_000, 0) // tar complains of the year 1970
		size := header.Size
		if count != nil {
			count(size)
			header.Size = 0
		}
		if err := all.WriteHeader(header); err != nil {
			return fmt.Errorf("send the tree: %w", err)
		}
		if size == 0 {
			return nil
		}
		return content(all, name, size)
	}
	err := filepath.WalkDir(a.folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the tree: %w", err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		inside, err := filepath.Rel(a.folder, name)
		if err != nil || inside == "." || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return fmt.Errorf("read the tree: %w", err)
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: filepath.ToSlash(inside), Mode: 0o644, Size: info.Size()}
		switch {
		case d.IsDir():
			header.Typeflag, header.Name, header.Mode, header.Size = tar.TypeDir, header.Name+"/", 0o755, 0
		case info.Mode()&0o111 != 0:
			header.Mode = 0o755
		}
		return add(header, name)
	})
	if err != nil {
		return err
	}
	if err := add(&tar.Header{Typeflag: tar.TypeReg, Name: a.last, Mode: 0o644}, ""); err != nil {
		return err
	}
	return all.Close()
}

// copyFile writes exactly size bytes of a file. One that has changed meanwhile is an error.
func copyFile(to io.Writer, name string, size int64) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("read the tree: %w", err)
	}
	defer f.Close()
	if _, err := io.CopyN(to, f, size); err != nil {
		return fmt.Errorf("send %q: %w", name, err)
	}
	return nil
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
