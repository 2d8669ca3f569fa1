package cluster

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the handshake of WebSocket asks for it; nothing is kept secret by it
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Channels of Kubernetes' protocol v4.channel.k8s.io: the first byte of each message.
const (
	channelIn     = 0
	channelOut    = 1
	channelErr    = 2
	channelStatus = 3
)

// Streams are those of a container, from the outside.
type Streams struct {
	In       io.Reader // nil: nothing is sent
	Out, Err io.Writer
}

const (
	// protocols are the words in which streams may be spoken. They differ in how a client ends its input, which is not done here.
	protocols = "v5.channel.k8s.io, v4.channel.k8s.io"
	// beat is how often an idle connection says that it is alive: load balancers cut quiet ones off after a minute.
	beat = 20 * time.Second
	// piece is how much input goes into one message.
	piece = 32 << 10
)

// Attach connects to the streams of a running container until it ends. It is nil only where the cluster said that the
// container's streams came to their end; whoever needs to know that they are whole has to look into them.
func (c *Client) Attach(ctx context.Context, pod, container string, s Streams) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	connection, err := c.upgrade(ctx, pod, container, s.In != nil)
	if err != nil {
		return err
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
	to := &sender{to: connection}
	reported := &bounded{most: maxStatus}
	reading := frames{
		from: bufio.NewReaderSize(connection, piece),
		pong: func(payload []byte) error { return to.send(opPong, payload) },
		take: func(channel byte, p []byte) error {
			into := map[byte]io.Writer{channelOut: s.Out, channelErr: s.Err, channelStatus: reported}[channel]
			if into == nil {
				return nil
			}
			_, err := into.Write(p)
			return err
		},
	}
	pumped := make(chan error, 1)
	go func() {
		err := to.pump(ctx, s.In)
		if err != nil {
			cancel() // closes the connection, which ends the reading
		}
		pumped <- err
	}()
	err = reading.read()
	cancel() // ends a write that waits
	if sent := <-pumped; sent != nil {
		err = errors.Join(sent, err)
	}
	return reported.verdict(err)
}

// pump sends the input, and then says from time to time that the connection is alive.
func (s *sender) pump(ctx context.Context, in io.Reader) error {
	if in != nil {
		buffer := make([]byte, piece)
		for {
			n, err := in.Read(buffer)
			if n > 0 {
				if err := s.send(opBinary, []byte{channelIn}, buffer[:n]); err != nil {
					return err
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
	}
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.send(opPing); err != nil {
			return err
		}
	}
}

// upgrade turns a request into a WebSocket (RFC 6455, section 4.1).
func (c *Client) upgrade(ctx context.Context, pod, container string, input bool) (io.ReadWriteCloser, error) {
	key := base64.StdEncoding.EncodeToString([]byte(rand.Text()[:16]))
	query := url.Values{"container": {container}, "stdout": {"true"}, "stderr": {"true"}}
	if input {
		query.Set("stdin", "true")
	}
	answer, err := c.send(ctx, http.MethodGet, c.Path("core", "pods", pod, "attach"), query, nil, http.Header{
		"Connection": {
			"Upgrade",
		}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {key},
		"Sec-Websocket-Protocol": {protocols},
	})
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		defer answer.Body.Close()
		return nil, status(answer)
	}
	connection, ok := answer.Body.(io.ReadWriteCloser)
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // see above
	chosen := answer.Header.Get("Sec-Websocket-Protocol")
	if !ok || answer.Header.Get("Sec-Websocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]) ||
		!strings.EqualFold(
			answer.Header.Get("Upgrade"),
			"websocket",
		) || chosen == "" || !strings.Contains(protocols, chosen) {
		_ = answer.Body.Close()
		return nil, errors.New(
			"attach to a container: the cluster, or a proxy before it, does not speak WebSocket with the channels of Kubernetes",
		)
	}
	return connection, nil
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	kept []byte
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p[:min(len(p), b.most-len(b.kept))]...)
	return len(p), nil
}

func (b *bounded) empty() bool { return len(b.kept) == 0 }

// verdict is what the cluster said of the streams; err is how reading them ended.
func (b *bounded) verdict(err error) error {
	var reported struct{ Status, Message, Reason string }
	switch {
	case b.empty():
		return fmt.Errorf("attach to a container: the connection broke off: %w", err)
	case json.Unmarshal(b.kept, &reported) != nil:
		return errors.New("attach to a container: the cluster's last word cannot be read")
	case reported.Status != "Success":
		return &Status{Code: http.StatusInternalServerError, Reason: clean(reported.Reason), Message: clean(reported.Message)}
	}
	return nil
}
