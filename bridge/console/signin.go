package console

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/qrcode"
)

// signInForm is what the sign-in page shows.
type signInForm struct {
	Name, Next string
	Provider   string // its name; empty: there is none
}

func (p *page) signInForm(name string) signInForm {
	f := signInForm{Name: name, Next: p.next()}
	if p.provider != nil {
		f.Provider = p.providerIs
	}
	return f
}

func problemOf(err error, p *page) problem.Document { return problem.Of(err, "", p.requestID()) }

// toSignIn sends a browser without a session to the sign-in page, and from there back. htmx
// follows HX-Redirect as a whole page; otherwise it would put the sign-in page into a table.
func (p *page) toSignIn() {
	address := p.base + "sign-in"
	if p.r.Method == http.MethodGet {
		address += "?next=" + url.QueryEscape(p.base+strings.TrimPrefix(p.r.URL.RequestURI(), Path))
	}
	if p.r.Header.Get("HX-Request") != "" {
		p.w.Header().Set("HX-Redirect", p.base+"sign-in")
		p.w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if p.r.Method != http.MethodGet {
		_ = p.write(http.StatusUnauthorized, frame{page: p, Title: "Signed out", Name: "signed-out"})
		return
	}
	http.Redirect(p.w, p.r, address, http.StatusSeeOther)
}

// next is where to go after the sign-in: a page of the console and nowhere else.
func (p *page) next() string {
	next := p.r.FormValue("next")
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, p.base) || strings.Contains(next, "\\") {
		return p.base
	}
	return next
}

func showSignIn(p *page) error {
	if p.signedIn() == nil {
		return p.seeOther(p.next())
	}
	return p.show(http.StatusOK, "sign-in", "Sign in", p.signInForm(""))
}

// signIn opens a session and sets its cookie.
func signIn(p *page) error {
	in := operator.SignIn{
		Name: p.r.PostFormValue("name"), Password: p.r.PostFormValue("password"), Code: p.r.PostFormValue("code"), Browser: p.browser(),
	}
	token, _, err := p.operators.SignIn(p.r.Context(), in)
	if err == nil {
		p.cookie.set(p.w, token)
		return p.seeOther(p.next())
	}
	form := p.signInForm(in.Name)
	if fault.KindOf(err) == fault.Unauthenticated {
		d := problemOf(err, p)
		return p.write(d.Status, frame{page: p, Title: "Sign in", Name: "sign-in", Data: form, Fault: &d})
	}
	return p.refused(err, "sign-in", "Sign in", form)
}

func signOut(p *page) error {
	err := p.operators.SignOut(p.r.Context(), p.cookie.of(p.r), p.browser())
	p.cookie.set(p.w, "")
	if err != nil {
		return err
	}
	return p.seeOther(p.base + "sign-in")
}

// joinForm is what the page of an invitation shows.
type joinForm struct {
	operator.Invitation
	Token string
	Image template.URL // the QR code
}

func (p *page) joinForm(v operator.Invitation, token string) joinForm {
	return joinForm{v, token, template.URL(qrcode.DataURL(v.URI))}
}

func showJoin(p *page) error {
	token := p.r.URL.Query().Get("token")
	v, err := p.operators.Invitation(p.r.Context(), token)
	if err != nil {
		return p.badLink(err)
	}
	return p.show(http.StatusOK, "join", "Welcome", p.joinForm(v, token))
}

// join stores the password of an invitation and shows the recovery codes.
func join(p *page) error {
	j := operator.Join{
		Token: p.r.PostFormValue("token"), Password: p.r.PostFormValue("password"),
		Sealed: p.r.PostFormValue("sealed"), Code: p.r.PostFormValue("code"), Browser: p.browser(),
	}
	var err error
	if j.Password != p.r.PostFormValue("again") {
		err = invalid("again", "is not the same password")
	}
	var codes []string
	if err == nil {
		_, codes, err = p.operators.Join(p.r.Context(), j)
	}
	if err == nil {
		return p.show(http.StatusOK, "joined", "Ready", codes)
	}
	v, again := p.operators.Retried(p.r.Context(), j)
	if again != nil {
		return p.badLink(err)
	}
	return p.refused(err, "join", "Welcome", p.joinForm(v, j.Token))
}

// badLink shows why a link does not work: without a session the sign-in page would be no help.
func (p *page) badLink(err error) error {
	if fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	return forbidden(fault.Of(err).Detail)
}

// showFirst has a button, since programs that look at links in advance would use it up.
func showFirst(p *page) error {
	return p.show(http.StatusOK, "first", "First start", p.r.URL.Query().Get("token"))
}

func useFirst(p *page) error {
	token, err := p.operators.UseFirstLink(p.r.Context(), p.r.PostFormValue("token"), p.browser())
	if err != nil {
		return p.badLink(err)
	}
	p.cookie.set(p.w, token)
	return p.seeOther(p.base)
}
