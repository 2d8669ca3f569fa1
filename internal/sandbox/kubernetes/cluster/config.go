package cluster

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Options say where the cluster is.
type Options struct {
	// Kubeconfig is a file as kubectl reads it. Empty is the cluster that this process is a pod of, or else the file of
	// KUBECONFIG, or ~/.kube/config.
	Kubeconfig string
	// Namespace is where objects lie. Empty is that of the file's context, or of this pod.
	Namespace string
	// Env looks up a variable, and Pod is the folder in which a pod finds its token (nil and empty: those of the process).
	Env func(string) string
	Pod string
}

// podFolder is where the kubelet puts what a pod needs to speak to its cluster.
const podFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

// access is how a cluster is reached.
type access struct {
	server    string
	name      string // of the server in its certificate, where it is another one than in the address
	authority []byte // PEM; empty are those of the machine
	token     func() (string, error)
	own       func() (*tls.Certificate, error) // nil: the client shows no certificate
	namespace string
}

// Open finds the cluster. It makes no request.
func Open(o Options) (*Client, error) {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	found, err := o.find()
	if err != nil {
		return nil, err
	}
	return found.client(cmp.Or(o.Namespace, found.namespace))
}

func (o Options) find() (access, error) {
	if o.Kubeconfig != "" {
		return readKubeconfig(o.Kubeconfig)
	}
	if host, port := o.Env("KUBERNETES_SERVICE_HOST"), o.Env("KUBERNETES_SERVICE_PORT"); host != "" && port != "" {
		return o.inside(host, port)
	}
	if list := o.Env("KUBECONFIG"); list != "" {
		files := filepath.SplitList(list)
		if len(files) > 1 {
			return access{}, errors.New(
				"KUBECONFIG names several files, which are not merged here: name one by checks.kubernetes.kubeconfig",
			)
		}
		return readKubeconfig(files[0])
	}
	home := o.Env("HOME")
	if home == "" {
		return access{}, errNowhere
	}
	found, err := readKubeconfig(filepath.Join(home, ".kube", "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return access{}, errNowhere
	}
	return found, err
}

var errNowhere = errors.New(
	"no cluster is known: this process is no pod, and no file names one (checks.kubernetes.kubeconfig, KUBECONFIG)",
)

// inside is the cluster that this process is a pod of.
func (o Options) inside(host, port string) (access, error) {
	folder := cmp.Or(o.Pod, podFolder)
	authority, err := readSmall(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return access{}, fmt.Errorf(
			"read what the pod knows of its cluster: %w: the pod needs the token of a service account",
			err,
		)
	}
	namespace, err := readSmall(filepath.Join(folder, "namespace"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return access{}, fmt.Errorf("read the pod's namespace: %w", err)
	}
	return access{
		server:    "https://" + net.JoinHostPort(host, port),
		authority: authority,
		token:     tokenIn(filepath.Join(folder, "token")),
		namespace: strings.TrimSpace(string(namespace)),
	}, nil
}

// tokenIn reads a token from a file each time, as it is replaced before it expires.
func tokenIn(file string) func() (string, error) {
	return func() (string, error) {
		raw, err := readSmall(file)
		if err != nil {
			return "", fmt.Errorf("read the token for the cluster: %w", err)
		}
		token := strings.TrimSpace(string(raw))
		if !plainToken(token) {
			return "", fmt.Errorf("read the token for the cluster: %s holds none, or more than that", file)
		}
		return token, nil
	}
}

// plainToken reports whether a text can stand in a header.
func plainToken(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// maxFile is the most that a file of credentials may hold.
const maxFile = 1 << 20

// readSmall reads a file that holds one certificate, key or token, or a kubeconfig.
func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s is larger than 1 MiB", name)
	}
	return raw, err
}

// label matches the name of a namespace.
var label = lazyregexp.New(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// client makes the client. Only TLS with a checked certificate is spoken.
func (a access) client(namespace string) (*Client, error) {
	server, err := url.Parse(a.server)
	if err != nil || server.Scheme != "https" || server.Host == "" || server.User != nil || server.RawQuery != "" {
		return nil, fmt.Errorf(
			"reach the cluster: its address %q is none that begins with https:// and holds no password",
			a.server,
		)
	}
	if namespace == "" {
		return nil, errors.New("no namespace is named for the pods of checks: set checks.kubernetes.namespace")
	}
	if !label.MatchString(namespace) {
		return nil, fmt.Errorf("%q is not the name of a namespace", namespace)
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: a.name}
	if len(a.authority) > 0 {
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(a.authority) {
			return nil, errors.New("reach the cluster: the certificate of its authority cannot be read")
		}
	}
	if a.own != nil {
		if _, err := a.own(); err != nil {
			return nil, err
		}
		settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return a.own() }
	}
	if a.token == nil {
		a.token = func() (string, error) { return "", nil }
	}
	// HTTP/1.1 alone: streams are upgrades of its connections.
	var spoken http.Protocols
	spoken.SetHTTP1(true)
	return &Client{
		server: server, namespace: namespace, token: a.token,
		http: &http.Client{
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, TLSClientConfig: settings, Protocols: &spoken,
				DialContext:         (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
				TLSHandshakeTimeout: 15 * time.Second, MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second,
				MaxResponseHeaderBytes: 64 << 10,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Version asks the server for its version, without any right.
func (c *Client) Version(ctx context.Context) (string, error) {
	var reported struct {
		GitVersion string `json:"gitVersion"`
	}
	err := c.Get(ctx, "/version", nil, &reported)
	return clean(reported.GitVersion), err
}
