package cluster

import (
	"cmp"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/lintel-review/lintel/internal/document"
)

// kubeconfig is what is read of a file for kubectl (v1 Config of client-go).
type kubeconfig struct {
	Current  string         `json:"current-context"`
	Clusters []namedCluster `json:"clusters"`
	Contexts []namedContext `json:"contexts"`
	Users    []namedUser    `json:"users"`
}

type namedCluster struct {
	Name    string `json:"name"`
	Cluster struct {
		Server        string `json:"server"`
		ServerName    string `json:"tls-server-name"`
		Unchecked     bool   `json:"insecure-skip-tls-verify"`
		Authority     string `json:"certificate-authority"`
		AuthorityData string `json:"certificate-authority-data"`
		Proxy         string `json:"proxy-url"`
	} `json:"cluster"`
}

type namedContext struct {
	Name    string `json:"name"`
	Context struct {
		Cluster   string `json:"cluster"`
		User      string `json:"user"`
		Namespace string `json:"namespace"`
	} `json:"context"`
}

type namedUser struct {
	Name string `json:"name"`
	User struct {
		Token           string `json:"token"`
		TokenFile       string `json:"tokenFile"`
		Certificate     string `json:"client-certificate"`
		CertificateData string `json:"client-certificate-data"`
		Key             string `json:"client-key"`
		KeyData         string `json:"client-key-data"`
		Username        string `json:"username"`
		Password        string `json:"password"`
		As              string `json:"as"`
		Exec            any    `json:"exec"`
		Provider        any    `json:"auth-provider"`
	} `json:"user"`
}

// readKubeconfig reads a file for kubectl. Names of files in it are relative to it.
func readKubeconfig(name string) (access, error) {
	raw, err := readSmall(name)
	if err != nil {
		return access{}, fmt.Errorf("read the kubeconfig: %w", err)
	}
	found, err := parseKubeconfig(name, raw)
	if err != nil {
		return access{}, fmt.Errorf("read the kubeconfig %s: %w", name, err)
	}
	return found, nil
}

// parseKubeconfig reads the current context. The text of the file is not repeated in errors, as it holds keys.
func parseKubeconfig(name string, raw []byte) (access, error) {
	doc, problems := document.Parse(filepath.Base(name), raw, maxFile)
	if len(problems) > 0 {
		return access{}, fmt.Errorf("line %d is no YAML that can be read", problems[0].Line)
	}
	again, err := json.Marshal(doc.Value())
	if err != nil {
		return access{}, err
	}
	var config kubeconfig
	if err := json.Unmarshal(again, &config); err != nil {
		return access{}, fmt.Errorf("it is no kubeconfig: %w", err)
	}
	return config.access(filepath.Dir(name))
}

func (k kubeconfig) access(folder string) (out access, err error) {
	if k.Current == "" {
		return out, fmt.Errorf("it has no current-context")
	}
	context, ok := find(k.Contexts, func(c namedContext) bool { return c.Name == k.Current })
	if !ok {
		return out, fmt.Errorf("it has no context %q, which is the current one", k.Current)
	}
	cluster, ok := find(k.Clusters, func(c namedCluster) bool { return c.Name == context.Context.Cluster })
	if !ok {
		return out, fmt.Errorf("it has no cluster %q, which its current context names", context.Context.Cluster)
	}
	user, ok := find(k.Users, func(u namedUser) bool { return u.Name == context.Context.User })
	if !ok && context.Context.User != "" {
		return out, fmt.Errorf("it has no user %q, which its current context names", context.Context.User)
	}
	if refused := unknown(cluster, user); refused != "" {
		return out, fmt.Errorf(
			"%s, which Lintel does not do: give it a service account's token (tokenFile) or a certificate",
			refused,
		)
	}
	out = access{
		server:    cluster.Cluster.Server,
		name:      cluster.Cluster.ServerName,
		namespace: cmp.Or(context.Context.Namespace, "default"),
	}
	if out.authority, err = either(cluster.Cluster.AuthorityData, cluster.Cluster.Authority, folder); err != nil {
		return out, fmt.Errorf("read the cluster's certificate-authority: %w", err)
	}
	u := user.User
	switch {
	case u.TokenFile != "":
		out.token = tokenIn(below(folder, u.TokenFile))
	case u.Token != "":
		if !plainToken(u.Token) {
			return out, fmt.Errorf("its token holds white space or control characters")
		}
		out.token = func() (string, error) { return u.Token, nil }
	}
	if u.Certificate != "" || u.CertificateData != "" {
		out.own = func() (*tls.Certificate, error) {
			certificate, err := either(u.CertificateData, u.Certificate, folder)
			if err != nil {
				return nil, fmt.Errorf("read the client-certificate: %w", err)
			}
			key, err := either(u.KeyData, u.Key, folder)
			if err != nil {
				return nil, fmt.Errorf("read the client-key: %w", err)
			}
			pair, err := tls.X509KeyPair(certificate, key)
			if err != nil {
				return nil, fmt.Errorf("read the client-certificate and its key: %w", err)
			}
			return &pair, nil
		}
	}
	return out, nil
}

// unknown says what a file asks for that is not done here.
func unknown(c namedCluster, u namedUser) string {
	switch {
	case c.Cluster.Unchecked:
		return "it asks not to check the cluster's certificate (insecure-skip-tls-verify)"
	case c.Cluster.Proxy != "":
		return "it names a proxy of its own (proxy-url)"
	case u.User.Exec != nil:
		return "it runs a program for its credentials (exec)"
	case u.User.Provider != nil:
		return "it names an auth-provider"
	case u.User.Username != "" || u.User.Password != "":
		return "it gives a password"
	case u.User.As != "":
		return "it acts as somebody else (as)"
	}
	return ""
}

func find[T any](all []T, is func(T) bool) (found T, ok bool) {
	for _, one := range all {
		if is(one) {
			return one, true
		}
	}
	return found, false
}

// either is the content that stands in the file as base64, or else in a file of its own; nil where there is neither.
func either(data, file, folder string) ([]byte, error) {
	if data != "" {
		raw, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			return nil, fmt.Errorf("it is no base64")
		}
		return raw, nil
	}
	if file == "" {
		return nil, nil
	}
	return readSmall(below(folder, file))
}

func below(folder, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(folder, file)
}
