//go:build linux && (amd64 || arm64)

package bwrap

import (
	"io"
	"os"
	"sync"
)

// pipe has two ends.
type pipe struct{ r, w *os.File }

// pipes are the pipes of one start. The first failure stands.
type pipes struct {
	ours, theirs []*os.File
	unread       []*os.File
	reads        []func()
	err          error
}

func (p *pipes) open() pipe {
	r, w, err := os.Pipe()
	if err != nil {
		p.err = err
		return pipe{}
	}
	return pipe{r: r, w: w}
}

// reader is a pipe of which Lintel reads.
func (p *pipes) reader() pipe {
	made := p.open()
	p.ours, p.theirs = append(p.ours, made.r), append(p.theirs, made.w)
	return made
}

// writer is a pipe into which Lintel writes.
func (p *pipes) writer() pipe {
	made := p.open()
	p.ours, p.theirs = append(p.ours, made.w), append(p.theirs, made.r)
	return made
}

// holding is the end of a pipe that holds the content, which must be smaller than a pipe.
func (p *pipes) holding(content []byte) *os.File {
	made := p.open()
	if made.w == nil {
		return nil
	}
	if _, err := made.w.Write(content); err != nil {
		p.err = err
	}
	_ = made.w.Close()
	p.theirs = append(p.theirs, made.r)
	return made.r
}

// from is the end of a pipe whose content goes to w, from when read is called until the other side is closed.
func (p *pipes) from(w io.Writer) *os.File {
	made := p.open()
	p.unread, p.theirs = append(p.unread, made.r), append(p.theirs, made.w)
	p.reads = append(p.reads, func() {
		_, _ = io.Copy(w, made.r) // a broken pipe is an end
		_ = made.r.Close()
	})
	return made.w
}

// read begins to read what the started program writes.
func (p *pipes) read(readers *sync.WaitGroup) {
	for _, read := range p.reads {
		readers.Go(read)
	}
	p.unread = nil
}

// closeTheirs closes the ends that the started program has now.
func (p *pipes) closeTheirs() {
	for _, f := range p.theirs {
		_ = f.Close() // nil after a failure, which Close refuses
	}
	p.theirs = nil
}

// close closes everything that nobody reads.
func (p *pipes) close() {
	p.closeTheirs()
	for _, f := range append(p.ours, p.unread...) {
		_ = f.Close()
	}
}
