1:[["children",{"s":"__PAGE__","h":176}]]
0:{"b":"470AiWKkG1j5lWdJ5g45V","t":{"t":{"s":"","h":80,"c":"$Q1"}}}
