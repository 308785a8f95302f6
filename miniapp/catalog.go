package miniapp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

type catalogAnswer struct {
	Items []pricing.CatalogItem `json:"items"`
}

// showCatalog answers with the catalog of an app: of the token's app, or else of ?app=, or
// else of the only one.
//
// Faults: NotFound for an unknown app or one without a catalog; Invalid when it must be
// named; Unauthenticated for a token that is not valid.
func (a *API) showCatalog(c *gin.Context) error {
	name := c.Query("app")
	if c.GetHeader("Authorization") != "" {
		who, err := a.authenticate(c.Request)
		if err != nil {
			return err
		}
		name = who.app
	}
	app, err := a.engine.App(name)
	if err != nil {
		return err
	}
	lister, ok := app.Pricer.(pricing.Lister)
	if !ok {
		return fault.New(fault.NotFound, "miniapp.catalog", "This app has no catalog.")
	}
	items, err := lister.List(c.Request.Context(), app.Name)
	if err != nil {
		return err
	}
	if items == nil {
		items = []pricing.CatalogItem{}
	}
	return web.Send(c, http.StatusOK, catalogAnswer{items})
}
