:HL["/_next/static/chunks/3y0ltovj4vsaa.css","style"]
2:[["children",{"s":"__PAGE__","h":160}]]
1:[["children",{"s":"/_not-found","h":96,"c":"$Q2"}]]
0:{"b":"470AiWKkG1j5lWdJ5g45V","t":{"t":{"s":"","h":80,"c":"$Q1"}}}
