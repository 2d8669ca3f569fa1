package server

import (
	"net/http"
	"net/http/pprof"
)

// newProfiles serves profiles of the running process on the admin listener.
func newProfiles() part {
	return part{Name: "profiles", Routes: func(_, admin *http.ServeMux) {
		admin.HandleFunc("GET /debug/pprof/", pprof.Index)
		admin.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		admin.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		admin.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		admin.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}}
}
