package main

import (
	"bufio"
	"bytes"
	wire "encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// counter stands between a cluster and its PostgreSQL. It counts how often somebody waits for an answer, and the
// transactions that changed rows; the server's own count has those that only read, and lags behind by seconds.
type counter struct {
	// address is the database's, by way of the counter.
	address        string
	network, to    string
	listener       net.Listener
	dir            string
	trips, commits atomic.Int64
	// held are the round trips inside transactions.
	held atomic.Int64
}

// newCounter listens in the place of a PostgreSQL.
func newCounter(address string) (*counter, error) {
	c := &counter{address: address, network: "tcp"}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("read the database's address: %w", err)
	}
	query := u.Query()
	query.Set("sslmode", "disable") // what is counted must be readable
	c.to = u.Host
	if folder := query.Get("host"); folder != "" {
		const name = ".s.PGSQL.5432"
		c.network, c.to = "unix", filepath.Join(folder, name)
		if c.dir, err = os.MkdirTemp("/tmp", "counter"); err != nil { // a socket's path is short
			return nil, err
		}
		c.listener, err = net.Listen("unix", filepath.Join(c.dir, name))
		query.Set("host", c.dir)
	} else if c.listener, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
		u.Host = c.listener.Addr().String()
	}
	if err != nil {
		return nil, fmt.Errorf("listen in the database's place: %w", err)
	}
	u.RawQuery = query.Encode()
	c.address = u.String()
	go c.serve()
	return c, nil
}

func (c *counter) serve() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial(c.network, c.to)
		if err != nil {
			near.Close()
			continue
		}
		end := func() { near.Close(); far.Close() }
		go func() { _ = c.answers(&passage{to: near, from: bufio.NewReaderSize(far, 1<<16)}); end() }()
		go func() { _ = c.asks(&passage{to: far, from: bufio.NewReaderSize(near, 1<<16)}); end() }()
	}
}

// asks passes on what a client says. It waits for an answer after each Sync and each simple query.
// https://www.postgresql.org/docs/current/protocol-message-formats.html
func (c *counter) asks(p *passage) error {
	for first := true; ; first = false { // the first message has no kind
		m, err := p.pass(first)
		if err != nil {
			return err
		}
		if m.kind == 'S' || m.kind == 'Q' {
			c.trips.Add(1)
		}
	}
}

// answers passes on what the server says, and counts the transactions that changed rows: those after whose end it is ready
// and in none.
func (c *counter) answers(p *passage) error {
	wrote := false
	for {
		m, err := p.pass(false)
		if err != nil {
			return err
		}
		switch m.kind {
		case 'C':
			wrote = (wrote || changed(m.text)) && !bytes.HasPrefix(m.text, []byte("ROLLBACK\x00"))
		case 'Z':
			if len(m.text) > 0 && m.text[0] != 'I' {
				c.held.Add(1)
			}
			if wrote && len(m.text) > 0 && m.text[0] == 'I' {
				c.commits.Add(1)
				wrote = false
			}
		}
	}
}

// changed reads the tag of a statement that ended, as in "INSERT 0 1" and "UPDATE 0".
func changed(tag []byte) bool {
	words := strings.Fields(strings.TrimRight(string(tag), "\x00"))
	if len(words) < 2 || words[len(words)-1] == "0" {
		return false
	}
	return words[0] == "INSERT" || words[0] == "UPDATE" || words[0] == "DELETE" || words[0] == "MERGE"
}

// message is what pass has seen: text only of the kinds that answers reads.
type message struct {
	kind byte
	text []byte
}

// passage copies messages, as many at once as have come.
type passage struct {
	to   io.Writer
	from *bufio.Reader
	held bytes.Buffer
}

// pass copies one message.
func (p *passage) pass(first bool) (m message, err error) {
	var head [5]byte
	use := head[:]
	if first {
		use = head[1:]
	}
	if _, err := io.ReadFull(p.from, use); err != nil {
		return m, err
	}
	m.kind = head[0]
	size := int64(wire.BigEndian.Uint32(head[1:])) - 4
	if size < 0 {
		return m, errors.New("a message of PostgreSQL is shorter than its length")
	}
	p.held.Write(use)
	begin := p.held.Len()
	if _, err := io.CopyN(&p.held, p.from, size); err != nil {
		return m, err
	}
	if m.kind == 'C' || m.kind == 'Z' {
		m.text = bytes.Clone(p.held.Bytes()[begin:])
	}
	if p.from.Buffered() == 0 || p.held.Len() > 1<<16 {
		_, err = p.held.WriteTo(p.to)
	}
	return m, err
}

func (c *counter) close() error {
	return errors.Join(c.listener.Close(), os.RemoveAll(c.dir))
}
