package page

import (
	"bytes"
	"errors"
	"net/http"
)

// What a Handler returns when it has no view. Any other error is an internal one: 500, and
// logged.
var (
	ErrNotFound = errors.New("page: no page has this address")       // 404
	ErrForm     = errors.New("page: the form has no known decision") // 400
)

// Handler returns the page that a visit is for. On a POST it first applies the form.
type Handler func(*Visit) (View, error)

// maxForm bounds what is read of a form, in bytes.
const maxForm = 4 << 10

// Serve answers a request to a page; see the package's documentation for the rules.
func (s *Shell) Serve(w http.ResponseWriter, r *http.Request, h Handler) {
	v := s.visit(r)
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			s.missing(w, v, http.StatusBadRequest)
			return
		}
		v.form = r.PostForm
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		s.missing(w, v, http.StatusMethodNotAllowed)
		return
	}
	view, err := h(v)
	if err != nil {
		s.fail(w, v, err)
		return
	}
	s.answer(w, v, view.sheet())
}

func (s *Shell) fail(w http.ResponseWriter, v *Visit, err error) {
	switch {
	case errors.Is(err, ErrNotFound):
		s.missing(w, v, http.StatusNotFound)
	case errors.Is(err, ErrForm):
		s.missing(w, v, http.StatusBadRequest)
	default:
		s.cfg.Log.Error("simulated page", "error", err)
		s.missing(w, v, http.StatusInternalServerError)
	}
}

// answer renders a view or, after a POST, redirects where the package's rules say so. The
// return URL is passed on unchanged: no result is added to it.
func (s *Shell) answer(w http.ResponseWriter, v *Visit, out sheet) {
	returns := out.Message != nil && out.returnURL != "" && !v.Embed
	switch {
	case v.Posted() && out.Message == nil:
		s.redirect(w, "?"+v.Request.URL.RawQuery)
	case v.Posted() && returns:
		s.redirect(w, out.returnURL)
	default:
		if returns {
			out.ReturnURL = out.returnURL
		}
		s.render(w, v, http.StatusOK, out)
	}
}

func (s *Shell) redirect(w http.ResponseWriter, target string) {
	s.header(w.Header(), "")
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

// missing renders the page for a link that does not work.
func (s *Shell) missing(w http.ResponseWriter, v *Visit, status int) {
	s.render(w, v, status, sheet{template: "missing", Status: "UNKNOWN", View: Result{
		Tone: "calm", Icon: "help", Heading: v.Say("missing.heading"), Body: v.Say("missing.body"),
	}})
}

// render writes a complete page or an error.
func (s *Shell) render(w http.ResponseWriter, v *Visit, status int, out sheet) {
	out.Visit, out.Head = v, s.head
	forms := ""
	if out.Message == nil {
		forms = out.returnURL
	}
	s.header(w.Header(), forms)
	var text bytes.Buffer
	if err := s.templates.ExecuteTemplate(&text, out.template+".html", out); err != nil {
		s.cfg.Log.Error("simulated page", "page", out.template, "error", err)
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Language", string(v.Lang))
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}

// header sets the security headers. The address contains a token, so it is not sent as a
// referrer.
func (s *Shell) header(h http.Header, returnURL string) {
	s.policy(returnURL).Write(h)
	h.Set("Referrer-Policy", "no-referrer")
}
