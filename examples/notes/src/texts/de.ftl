mail-shelf-full-subject = Ihr Regal ist voll
mail-shelf-full-before =
    { $count ->
        [one] Sie haben eine Notiz geschrieben, und mehr bewahrt { $product } für Sie nicht auf.
       *[other] Sie haben { $count } Notizen geschrieben, und mehr bewahrt { $product } für Sie nicht auf.
    }
mail-shelf-full-button = Notizen ansehen
mail-shelf-full-after = Löschen Sie eine, bevor Sie die nächste schreiben.
