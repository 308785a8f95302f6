package demo

import (
	"net"
	"net/url"
)

// home is the URL to which a visitor of host is redirected, or empty. Only names of this
// machine are equal: behind a proxy, host is not the visitor's.
func (d *demo) home(host string) string {
	public, err := url.Parse(d.cfg.PublicURL)
	if err != nil || public.Host == "" || public.Host == host {
		return ""
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if !loopback(name) || !loopback(public.Hostname()) {
		return ""
	}
	return public.Scheme + "://" + public.Host + "/demo/"
}

func loopback(name string) bool {
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}
