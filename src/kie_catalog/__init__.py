"""A versioned catalog of the models, prices and input schemas of KIE AI that stays true."""
